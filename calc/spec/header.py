"""The grammar of what a spec says before its layers: name and source, input, output, params of what it extends."""

from typing import NamedTuple, cast

from calc.errors import Nearest
from calc.model.tensor import Dtype
from calc.ops.base.input import Channels
from calc.spec.grammar import Grammar
from calc.spec.tree import Mapping, Scalar, Sequence, Value
from calc.spec.values import Compiled, Name

BASE_ONLY = ("layers", "blocks", "output")
"""What a spec that extends another does not give."""
INPUT_WORDS = {"channels": ("first", "last"), "dtype": ("float32", "int64")}
PREPROCESS_KEYS = ("size", "crop", "mean", "std")
MAX_TEXT = 500


class InputSection(NamedTuple):
    """What ``input:`` says."""

    shape: Compiled
    channels: Channels
    dtype: Dtype


def section_text(grammar: Grammar, node: Value | None, key: str) -> str:
    """One line of text, empty if there is none; a number is taken as it is written."""
    if node is None:
        return ""
    if isinstance(node, Scalar) and node.text and node.data is not None and not isinstance(node.data, bool):
        if len(node.text) <= MAX_TEXT:
            return node.text
        grammar.report(node, f"{key} has {len(node.text)} characters; at most {MAX_TEXT} are taken")
    else:
        grammar.report(node, f"{key} must be text")
    return ""


def input_of(grammar: Grammar, node: Value) -> InputSection | None:
    """``[3, 224, 224]``, or a mapping of shape, channels and dtype."""
    shape, words = node, {"channels": "first", "dtype": "float32"}
    if isinstance(node, Mapping):
        grammar.known_keys(node, ("shape", *INPUT_WORDS), "input")
        if "shape" not in node.entries:
            grammar.report(node, "input needs shape:", "input: {shape: [197, 768], channels: last}")
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
    if not isinstance(shape, Sequence) or not shape.items:
        grammar.report(shape, "input must be a list of sizes without the batch", "input: [3, 224, 224]")
        return None
    compiled = grammar.value(shape)
    if compiled is None:
        return None
    return InputSection(compiled, cast("Channels", words["channels"]), cast("Dtype", words["dtype"]))


def output_of(grammar: Grammar, node: Value | None) -> Name | None:
    """``output:``, the name of the layer whose output is the network's."""
    if node is None:
        return None
    if not isinstance(node, Scalar) or not node.text:
        grammar.report(node, "output takes one name", "several outputs are reserved for later")
        return None
    return grammar.name(node)


def overrides(grammar: Grammar, files: list[Mapping]) -> dict[str, Compiled]:
    """Values that specs give to the params of the one they extend, the nearest spec's first."""
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
        for name, node in given.entries.items():
            if name not in known:
                grammar.report(given.key(name), f"unknown param {name[:60]}", Nearest(name, known))
            elif isinstance(node, Scalar) and node.empty:
                grammar.report(
                    given.key(name), f"the param {name[:60]} has no value here", "write one, or leave it out"
                )
            elif (value := grammar.value(node)) is not None:
                found[name] = value
    return found
