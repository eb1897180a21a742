"""The JSON Schema: made of the loader's tables, true of every good spec, false of those an editor should mark."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from calc.cli.schema import text
from calc.ops import WORDS, op_class, words
from calc.spec.blocks import BLOCK_KEYS
from calc.spec.jsonschema import language_schema
from calc.spec.modifiers import MODIFIERS
from calc.spec.schema import STRUCTURES, TOP_KEYS
from calc.spec.shelf import packaged, packaged_specs
from calc.spec.source import parse
from calc.spec.tree import plain
from tests.test_bad_specs import FILES

SCHEMA = language_schema()
VALIDATOR = Draft7Validator(SCHEMA)
COMMITTED = json.loads((packaged_specs() / "spec.schema.json").read_text(encoding="utf-8"))
SPECS = sorted([*packaged().values(), *packaged_specs().glob("families/*.yaml")])


def _layer(schema: Any) -> Any:
    """What the schema says of a layer that is a mapping."""
    (layer,) = [choice for choice in schema["definitions"]["layer"]["anyOf"] if choice.get("type") == "object"]
    return layer


LAYER = _layer(SCHEMA)


def read(path: Path) -> Any:
    """The values in the file at ``path``."""
    return plain(parse(path.read_bytes(), str(path)))


def valid(text: str) -> bool:
    """Whether the schema lets the spec in ``text`` through."""
    return VALIDATOR.is_valid(plain(parse(text, "t")))


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert json.loads(text()) == SCHEMA


def test_it_names_what_the_loader_reads() -> None:
    companions = {key for keys in STRUCTURES.values() for key in keys}
    assert set(SCHEMA["properties"]) == set(TOP_KEYS)
    assert set(LAYER["properties"]) == {*words(), *MODIFIERS, *STRUCTURES, *companions}
    assert set(SCHEMA["definitions"]["block"]["properties"]) == set(BLOCK_KEYS)
    for word in WORDS:
        arguments = LAYER["properties"][word]["anyOf"][0]
        fields = op_class(word).fields()
        assert set(arguments["properties"]) == set(fields)
        assert arguments.get("required", []) == [name for name, field in fields.items() if field.required]


def test_the_committed_file_is_the_one_that_is_made() -> None:
    """``calc schema --output specs/spec.schema.json`` writes it; a new op may be missing until a spec uses it."""
    made = language_schema()
    for word in set(words()) - set(_layer(COMMITTED)["properties"]):
        del _layer(made)["properties"][word]
        bare = made["definitions"]["layer"]["anyOf"][0]["enum"]
        bare[:] = [known for known in bare if known != word]
    assert made == COMMITTED


def test_packaged_specs_are_valid_and_name_it() -> None:
    validator, named = Draft7Validator(COMMITTED), (packaged_specs() / "spec.schema.json").resolve()
    prefix = "# yaml-language-server: $schema="
    wrong = []
    for path in SPECS:
        wrong += [f"{path.name}: {error.message}" for error in validator.iter_errors(read(path))]
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        if not first.startswith(prefix) or (path.parent / first.removeprefix(prefix)).resolve() != named:
            wrong.append(f"{path.name} begins with {first}")
    assert wrong == []


SEEN_BY_AN_EDITOR = [
    "block_lower_case",
    "block_unknown_key",
    "block_without_layers",
    "bits_bad",
    "branches_bad_merge",
    "branches_without_merge",
    "extends_and_layers",
    "extends_number",
    "from_empty",
    "layer_field_outside",
    "layer_mapping_value",
    "layer_missing_field",
    "layer_negative",
    "layer_no_word",
    "layer_nothing",
    "layer_number",
    "layer_op_as_name",
    "layer_too_large",
    "layer_unknown_field",
    "layer_unknown_op",
    "layer_wrong_types",
    "name_markup",
    "residual_keys",
    "scalar_yes",
    "top_input_empty",
    "top_input_number",
    "top_input_words",
    "top_input_zero",
    "top_name_list",
    "top_nothing_needed",
    "top_unknown_key",
    "training_only_word",
    "when_no_boolean",
    "yaml_no_mapping",
]


@pytest.mark.parametrize("name", SEEN_BY_AN_EDITOR)
def test_an_editor_marks(name: str) -> None:
    (path,) = [path for path in FILES if path.stem == name]
    assert not VALIDATOR.is_valid(read(path))


@pytest.mark.parametrize(
    "layer, expected",
    [
        ("relu", True),
        ("conv2d", False),
        ("$act", True),
        ("Unit", True),
        ("[relu, {chain: []}]", True),
        ("{conv2d: {out_channels: in * 2, kernel_size: [3, k], padding: same}}", True),
        ("{conv2d: {out_channels: 2.5, kernel_size: 3}}", False),
        ("{conv2d: 3}", False),
        ("{linear: 3}", True),
        ("{linear: classes}", True),
        ("{linear: [3]}", False),
        ("{linear: }", False),
        ("{relu: }", True),
        ("{relu: 3}", False),
        ("{dropout: 0.5, when: i > 0, repeat: 3}", True),
        ("{dropout: , repeat: -1}", False),
        ("{Unit: [1, 2], for: {n: depths, s: [1, 2]}}", True),
        ("{$block: {out: 3}, for: [a, b], over: rows, bits: w4a8, from: [x, input]}", True),
        ("{relu: , over: [1]}", False),
        ("{relu: , shares: [a, b]}", False),
        ("{residual: {a: relu}, shortcut: [], shortcut_when: stride == 1}", True),
        ("{branches: [[], {a: relu}], merge: concat}", True),
        ("{branches: {a: relu, b: [relu]}, merge: add}", True),
        ("{branches: {a: relu}}", False),
        ("{relu: , merge: add}", False),
        ("{unit: 3}", False),
        ("{when: true, repeat: 2}", False),
        ("{}", False),
        ("3", False),
    ],
)
def test_layers(layer: str, expected: bool) -> None:
    assert valid(f"name: x\ninput: [3]\nlayers: [{layer}]\n") is expected


@pytest.mark.parametrize(
    "chain, expected",
    [
        ("{'layer{s}': relu, a.b-c_1: relu}", True),
        ("{'a b': relu}", False),
        ("relu", False),
        ("[]", True),
        ("{}", True),
    ],
)
def test_chains(chain: str, expected: bool) -> None:
    assert valid(f"name: x\ninput: [3]\nlayers: {chain}\n") is expected
