"""The JSON Schema of the language for editors, built from the same tables and fields that the loader reads.

The schema has the words, keys, literal words and types of values, which completion and error marks in an editor need.
Rules that depend on shapes, names or other parts of the file are left to the loader. A string is allowed wherever an
expression is.
"""

from typing import Any

from pydantic_core import PydanticUndefined

from calc.ops import op_class, words
from calc.ops.base import Op
from calc.ops.base.fields import Field
from calc.spec.header import BASE_ONLY, INPUT_WORDS, MODEL_TYPE, NETWORK
from calc.spec.modifiers import MODIFIERS
from calc.spec.schema import BLOCK_NAME, MERGES, STRUCTURES

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The newest draft that the YAML servers of editors support completely."""
_BLOCK = f"^{BLOCK_NAME.pattern}$"
_VARIABLE = "^[A-Za-z_][A-Za-z0-9_]*$"
_NAME = r"^[A-Za-z0-9_\-]([A-Za-z0-9_.\-]|\{[^{}]+\})*$|^\{[^{}]+\}([A-Za-z0-9_.\-]|\{[^{}]+\})*$"
_EXPRESSION: Schema = {"$ref": "#/definitions/expression"}


def language_schema() -> Schema:
    """Return the JSON Schema of a spec as plain data."""
    return {
        "$schema": DRAFT,
        "title": "A network, for calc",
        "type": "object",
        "required": ["name"],
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": ["input", "layers"]},
        "else": {"properties": dict.fromkeys(BASE_ONLY, False)},
        "additionalProperties": False,
        "properties": _top(),
        "definitions": {
            "expression": {
                "type": "string",
                "pattern": "^(?!([Yy]es|[Nn]o|[Oo]n|[Oo]ff)$)",
                "description": "an expression, such as in * expand",
            },
            "value": _value(),
            "name": {
                "type": ["string", "integer"],
                "description": "an earlier layer, here or outward, or an input",
            },
            "params": _params(),
            "block": _block(),
            "chain": _chain(),
            "member": _member(),
            "layer": _layer(),
            "block_arguments": {
                "description": "the params of the block by name, or in order",
                "type": ["object", "array", "string", "number", "boolean", "null"],
                "additionalProperties": _ref("value"),
                "items": _ref("value"),
            },
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _top() -> Schema:
    sizes = {"type": "array", "minItems": 1, "items": {"anyOf": [{"type": "integer", "minimum": 1}, _EXPRESSION]}}
    words = {key: {"enum": list(known), "default": known[0]} for key, known in INPUT_WORDS.items()}
    layout: Schema = {
        "type": "object",
        "required": ["shape"],
        "additionalProperties": False,
        "properties": {"shape": {**sizes, "minItems": 0}, **words},
    }
    named: Schema = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": _VARIABLE, "not": {"enum": ["shape", *INPUT_WORDS, NETWORK]}},
        "additionalProperties": {"anyOf": [sizes, layout]},
    }
    return {
        "name": {"type": ["string", "number"], "description": "the name of the network in reports"},
        "source": {"type": "string", "description": "the paper and table, or the implementation"},
        "unproved": {
            "type": "string",
            "description": "the reason why calc import could not prove this network; reports repeat it",
        },
        "reference": {"type": "string", "description": "the published network with these names: torchvision/resnet50"},
        "model_type": {
            "type": "string",
            "pattern": f"^{MODEL_TYPE.pattern}$",
            "description": "the model_type of such models in transformers' config.json: llama, qwen2",
        },
        "extends": {
            "type": "string",
            "description": "a spec in this folder or below, a packaged one by name, or family:gpt2; params are its own",
        },
        "uses": {
            "type": "object",
            "description": "other specs as blocks: Mine: mine.yaml, Backbone: resnet50, or one list: x.yaml#features",
            "propertyNames": {"pattern": _BLOCK},
            "additionalProperties": {"type": "string"},
        },
        "params": _ref("params"),
        "input": {
            "description": "the sizes of one sample, without the batch; channels first unless channels: last is given; "
            "several inputs have names: image: [3, 64, 64], text: [77]",
            "anyOf": [sizes, layout, named],
        },
        "blocks": {
            "type": ["object", "null"],
            "description": "chains with params, called by their names, which begin with a capital",
            "propertyNames": {"pattern": _BLOCK},
            "additionalProperties": _ref("block"),
        },
        "layers": _ref("chain"),
        "output": {
            "description": "the layer whose output is the network's, if not the last; or a list; {*} as in from",
            "anyOf": [
                {"type": "string"},
                {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string"}},
            ],
        },
        "vary": {
            "type": "object",
            "description": "what calc sweep varies by default: width: 0.5..1.0:0.1, or op[*]: [a, b]",
            "minProperties": 1,
            "additionalProperties": {
                "anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": _ref("value")}]
            },
        },
        "claims": {"type": "array", "description": "published numbers, each with its convention"},
        "budgets": {"type": "object", "description": "limits that calc budgets checks"},
        "preprocess": {"type": "object", "description": "how images become inputs"},
    }


def _value() -> Schema:
    return {
        "description": "a number, true or false, a list, or an expression",
        "type": ["number", "boolean", "null", "string", "array"],
        "items": _ref("value"),
    }


def _params() -> Schema:
    return {
        "description": "names with defaults; a name with nothing after its colon is required",
        "type": ["object", "null"],
        "propertyNames": {"pattern": _VARIABLE},
        "additionalProperties": _ref("value"),
    }


def _block() -> Schema:
    inputs = {"type": ["array", "string"], "items": {"type": "string", "pattern": _VARIABLE}, "minItems": 1}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "params": _ref("params"),
            "inputs": {**inputs, "description": "the names of several inputs, which the calls give with from"},
            "layers": _ref("chain"),
            "is": {**_ref("layer"), "description": "the one layer that the block is an alias of"},
        },
        "oneOf": [{"required": ["layers"]}, {"required": ["is"]}],
    }


def _chain() -> Schema:
    return {
        "description": "a list of layers, numbered; or a mapping of names to layers",
        "type": ["array", "object"],
        "items": _ref("layer"),
        "propertyNames": {"pattern": _NAME},
        "additionalProperties": _ref("member"),
    }


def _member() -> Schema:
    taken = [*MODIFIERS, *STRUCTURES, *[key for keys in STRUCTURES.values() for key in keys]]
    names: Schema = {"pattern": _NAME, "not": {"anyOf": [{"enum": taken}, {"pattern": rf"{_BLOCK}|^\$"}]}}
    return {
        "description": "a layer, or in braces a chain of named layers",
        "anyOf": [
            _ref("layer"),
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": names,
                "additionalProperties": _ref("member"),
            },
        ],
    }


def _layer() -> Schema:
    bare = [word for word in words() if not any(field.required for field in op_class(word).fields().values())]
    return {
        "anyOf": [
            {"enum": bare, "description": "an op without arguments"},
            {"type": "string", "pattern": rf"{_BLOCK}|^\$", "description": "a block without arguments, or $param"},
            {"type": "array", "items": _ref("layer"), "description": "a chain of its own"},
            {
                "type": "object",
                "minProperties": 1,
                "not": {"propertyNames": {"enum": list(MODIFIERS)}},
                "additionalProperties": False,
                "properties": {**_structures(), **_modifiers(), **{word: _op(op_class(word)) for word in words()}},
                "patternProperties": {_BLOCK: _ref("block_arguments"), r"^\$": _ref("block_arguments")},
                "dependencies": {
                    "over": ["for"],
                    "branches": ["merge"],
                    **{key: [word] for word, keys in STRUCTURES.items() for key in keys},
                },
            },
        ]
    }


def _structures() -> Schema:
    branches = {"type": ["array", "object"], "items": _ref("chain"), "additionalProperties": _ref("member")}
    return {
        "chain": {**_ref("chain"), "description": "a chain with a scope of its own, which can have modifiers"},
        "splice": {**_ref("chain"), "description": "layers that join the surrounding list"},
        "residual": {**_ref("chain"), "description": "a chain whose own input is added to its output"},
        "shortcut": {**_ref("chain"), "description": "the layers that the added input goes through"},
        "shortcut_when": {"type": ["boolean", "string"], "description": "if false, nothing is added"},
        "branches": {**branches, "description": "chains that are fed the same input, then merged"},
        "again": {
            **_ref("name"),
            "description": "the earlier layer, block or chain to run once more, its weights shared",
        },
        "merge": {"enum": list(MERGES), "description": "how branches come together"},
        "experts": _experts(),
    }


def _experts() -> Schema:
    fields = op_class("experts").fields().values()
    return {
        "description": "copies of a layer; each token runs those with the highest scores; from: [tokens, scores]",
        "type": "object",
        "required": ["expert", *[field.name for field in fields if field.required]],
        "additionalProperties": False,
        "properties": {"expert": _ref("layer"), **{field.name: _field(field) for field in fields}},
    }


def _modifiers() -> Schema:
    names = {"anyOf": [_ref("name"), {"type": "array", "minItems": 1, "items": _ref("name")}]}
    variable = {"type": "string", "pattern": _VARIABLE}
    width: Schema = {"type": ["integer", "string"], "minimum": 1, "maximum": 64}
    return {
        "when": {"type": ["boolean", "string"], "description": "if false, the layer is left out"},
        "repeat": {
            "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}],
            "description": "the number of repeats; i counts from 0",
        },
        "for": {
            "description": "names for each row of over; or names with a list each",
            "anyOf": [
                variable,
                {"type": "array", "minItems": 1, "items": variable},
                {"type": "object", "minProperties": 1, "additionalProperties": _ref("value")},
            ],
        },
        "over": {"type": ["array", "string"], "items": _ref("value"), "description": "the rows that for goes through"},
        "from": {**names, "description": "the layers that it reads instead of the one before it"},
        "bits": {
            "anyOf": [width, {"type": "object", "minProperties": 1, "additionalProperties": width}],
            "description": "bits for --bits spec: 8, w4a8, int4g128; or bits of parts of a fused op: {weight_hh: 4}",
        },
        "training_only": {"type": "boolean", "description": "its tensors count, but it does not run"},
        "runs": {
            "type": ["boolean", "string"],
            "description": "if false, it does not run in this call, but its tensors count",
        },
        "shares": {**_ref("name"), "description": "the layer whose weights it uses"},
    }


def _op(op: type[Op]) -> Schema:
    fields = list(op.fields().values())
    required = [field.name for field in fields if field.required]
    mapping: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: _field(field) for field in fields},
    }
    if required:
        mapping["required"] = required
    choices = [mapping]
    if not required:
        choices.append({"type": "null"})
    if fields and set(required) <= {fields[0].name}:
        choices.append({"not": {"type": "object"}, **_field(fields[0])})
    macs = f"MACs: {op.formula}" if op.formula else f"no MACs: {op.no_macs}"
    return {"description": f"{(op.__doc__ or '').partition(chr(10))[0]} {macs}", "anyOf": choices}


def _field(field: Field) -> Schema:
    found: Schema = {"description": field.rule.wants, "anyOf": [_from_core(field.rule.schema), _EXPRESSION]}
    if field.default is not PydanticUndefined:
        found["default"] = field.default
    return found


def _from_core(core: dict[str, Any]) -> Schema:
    """Return the JSON Schema for a core schema of pydantic. Items of lists may also be expressions."""
    kind = core["type"]
    if kind == "int":
        limits = {"minimum": core.get("ge"), "maximum": core.get("le")}
        return {"type": "integer", **{key: limit for key, limit in limits.items() if limit is not None}}
    if kind == "float":
        return {"type": "number"}
    if kind == "bool":
        return {"type": "boolean"}
    if kind == "str":
        return {"type": "string"}
    if kind == "literal":
        return {"enum": core["expected"]}
    if kind == "nullable":
        return {"anyOf": [_from_core(core["schema"]), {"type": "null"}]}
    if kind == "union":
        return {"anyOf": [_from_core(choice) for choice in core["choices"]]}
    if kind != "tuple":
        raise NotImplementedError(f"a field's schema of type {kind} has no JSON Schema yet")
    items = [{"anyOf": [_from_core(item), _EXPRESSION]} for item in core["items_schema"]]
    if "variadic_item_index" not in core:
        return {"type": "array", "items": items, "minItems": len(items), "maxItems": len(items)}
    return {"type": "array", "items": items[0], "minItems": core["min_length"], "maxItems": core["max_length"]}
