"""Reads the sections before the layers: name, source, input, output, and params of an extended spec."""

import re
from typing import cast

from calc.errors import Nearest
from calc.model.inputs import UNNAMED
from calc.model.tensor import Dtype
from calc.ops.base.input import Channels
from calc.spec.expressions import is_variable
from calc.spec.grammar import Grammar
from calc.spec.model import InputSpec
from calc.spec.tree import Mapping, Scalar, Sequence, Value
from calc.spec.values import Compiled, Name

BASE_ONLY = ("layers", "blocks")
"""The sections that a spec which extends another must leave out."""
INPUT_WORDS = {"channels": ("first", "last"), "dtype": ("float32", "int64")}
PREPROCESS_KEYS = ("size", "crop", "mean", "std")
NETWORK = "network"
"""The prefix of an input's name, with a dot, that means an input of the network from inside a block."""
MAX_TEXT = 500
MODEL_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def section_text(grammar: Grammar, node: Value | None, key: str) -> str:
    """Return one line of text, or empty text if there is none. A number is returned as it is written."""
    if node is None:
        return ""
    if isinstance(node, Scalar) and node.text and node.data is not None and not isinstance(node.data, bool):
        if len(node.text) <= MAX_TEXT:
            return node.text
        grammar.report(node, f"{key} has {len(node.text)} characters, but at most {MAX_TEXT} are allowed")
    else:
        grammar.report(node, f"{key} must be text")
    return ""


def model_type_of(grammar: Grammar, node: Value | None) -> str:
    """Return ``model_type:`` as in config.json, or empty text if there is none."""
    text = section_text(grammar, node, "model_type")
    if node is None or not text or MODEL_TYPE.fullmatch(text):
        return text
    grammar.report(node, f"model_type {text[:60]!r} must be a word of letters, digits, _, . and -", "such as llama")
    return ""


def inputs_of(grammar: Grammar, node: Value) -> dict[str, InputSpec]:
    """Read ``input:``: one input (``[3, 224, 224]``, or a mapping of shape, channels and dtype), or several by name.

    An input that is wrong is left out. A single input without a name is called ``input``.
    """
    if not isinstance(node, Mapping) or not node.entries or {"shape", *INPUT_WORDS} & node.entries.keys():
        alone = _input(grammar, node, UNNAMED)
        return {} if alone is None else {UNNAMED: alone}
    found = {}
    for name, key in node.keys().items():
        if check_input_name(grammar, key, name, is_first=name == next(iter(node.entries))):
            given = _input(grammar, node.entries[name], f"the input {name[:60]}")
            if given is not None:
                found[name] = given
    return found


def check_input_name(grammar: Grammar, node: Value, name: str, is_first: bool) -> bool:
    """Return True if an input of the network or of a block may have this name. Otherwise report it."""
    if name == UNNAMED and not is_first:
        grammar.report(node, "input is the name of the first input", "write it first, or give it another name")
    elif name == NETWORK or not is_variable(name):
        hint = "a letter, then letters, digits and _; no word of the language"
        grammar.report(node, f"'{name[:60]}' cannot name an input", hint)
    else:
        return True
    return False


def _input(grammar: Grammar, node: Value, what: str) -> InputSpec | None:
    shape, words = node, {"channels": "first", "dtype": "float32"}
    if isinstance(node, Mapping):
        grammar.known_keys(node, ("shape", *INPUT_WORDS), what)
        if "shape" not in node.entries:
            grammar.report(node, f"{what} needs shape:", "input: {shape: [197, 768], channels: last}")
            return None
        shape = node.entries["shape"]
        for key, known in INPUT_WORDS.items():
            word = node.entries.get(key)
            if word is None:
                continue
            if isinstance(word, Scalar) and word.text in known:
                words[key] = word.text
            else:
                hint = Nearest(word.text, known) if isinstance(word, Scalar) else ""
                grammar.report(word, f"{key} must be {' or '.join(known)}", hint)
    if not isinstance(shape, Sequence) or not (shape.items or isinstance(node, Mapping)):
        grammar.report(shape, f"{what} must be a list of sizes without the batch", "input: [3, 224, 224]")
        return None
    compiled = grammar.value(shape)
    if compiled is None:
        return None
    return InputSpec(compiled, cast("Channels", words["channels"]), cast("Dtype", words["dtype"]))


def outputs_of(grammar: Grammar, node: Value | None) -> tuple[Name, ...]:
    """Read ``output:``, the name of the layer whose output is the network's, or a list.

    {*} means every layer that matches.
    """
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else (node,)
    found: dict[str, Name] = {}
    for item in items:
        if not isinstance(item, Scalar) or not item.text:
            grammar.report(item, "output takes the name of a layer, or a list of names", "output: [boxes, scores]")
        elif item.text in found:
            first = found[item.text].node.place
            grammar.report(item, f"the output {item.text[:60]} is named twice; the other is at {first}")
        elif (name := grammar.name(item, many=True)) is not None:
            found[item.text] = name
    if not items:
        grammar.report(node, "output names no layer", "leave output: out to take the output of the last layer")
    return tuple(found.values())


def overrides(grammar: Grammar, files: list[Mapping]) -> dict[str, Compiled]:
    """Return the values that specs give to params of the spec that they extend. The spec nearest to the user wins."""
    base = files[-1].entries.get("params")
    known = base.entries if isinstance(base, Mapping) else {}
    found: dict[str, Compiled] = {}
    for mapping in reversed(files[:-1]):
        given = mapping.entries.get("params")
        if given is None:
            continue
        if not isinstance(given, Mapping):
            grammar.report(given, "params must be a mapping of names to values")
            continue
        keys = given.keys()
        for name, node in given.entries.items():
            if name not in known:
                grammar.report(keys[name], f"unknown param {name[:60]}", Nearest(name, known))
            elif isinstance(node, Scalar) and node.empty:
                grammar.report(keys[name], f"the param {name[:60]} has no value here", "write one, or leave it out")
            elif (value := grammar.value(node)) is not None:
                found[name] = value
    return found
