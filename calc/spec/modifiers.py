"""Reads the modifiers of a layer: when, repeat, for and over, from, shares, bits, training_only, runs."""

import re
from typing import Any

from calc.errors import OpError, Problem
from calc.frozen import FrozenDict
from calc.model.bits_named import bits_named
from calc.spec.expressions import COUNTER, is_variable
from calc.spec.grammar import Grammar
from calc.spec.model import Again, Call, Form, Loop, Member
from calc.spec.tree import Mapping, Scalar, Sequence, Value
from calc.spec.values import Compiled, Name, compile_value

MODIFIERS = ("when", "repeat", "for", "over", "from", "bits", "training_only", "shares", "runs")
BITS_WORD = re.compile(r"w([0-9]{1,2})a([0-9]{1,2})")
_LIKE_A_FORMAT = re.compile(r"(?=.*[0-9])[a-z][a-z0-9_-]{1,59}|binary|ternary", re.IGNORECASE)


def modifiers(grammar: Grammar, form: Form, node: Mapping) -> dict[str, Any]:
    """Return the fields of a Member that the modifiers in ``node`` set.

    Problems with them are added to ``grammar``.
    """
    entries = node.entries
    found: dict[str, Any] = {}
    if "when" in entries:
        found["when"] = grammar.value(entries["when"])
    if "repeat" in entries:
        found["repeat"] = grammar.value(entries["repeat"])
    if "for" in entries:
        found["loop"] = _loop(grammar, node)
    elif "over" in entries:
        grammar.report(node.key("over"), "over without for", "for: [names], over: rows")
    if "from" in entries:
        found["sources"] = _sources(grammar, form, entries["from"])
    if "shares" in entries:
        found["shares"] = _shares(grammar, form, entries["shares"])
    if "bits" in entries and isinstance(form, Again):
        grammar.report(node.key("bits"), "bits does not go with again", "the weights are those of the first run")
    elif "bits" in entries and isinstance(entries["bits"], Mapping):
        found["parts"] = _parts(grammar, form, entries["bits"])
    elif "bits" in entries:
        found["bits"] = _bits(grammar, entries["bits"])
    if "training_only" in entries:
        found["training_only"] = _flag(grammar, entries["training_only"])
    if "runs" in entries:
        found["runs"] = grammar.value(entries["runs"])
    return found


def plain_alias(grammar: Grammar, member: Member, key: str, hint: str) -> None:
    """Report modifiers that the layer under ``key`` cannot have, because its call or block carries them."""
    given = {
        "when": member.when,
        "repeat": member.repeat,
        "for": member.loop,
        "from": member.sources,
        "shares": member.shares,
        "training_only": member.training_only,
        "runs": member.runs,
    }
    for word, value in given.items():
        if value:
            grammar.problems.append(Problem(member.place, f"{word} does not go with {key}", hint))


def variables(grammar: Grammar, node: Value, key: str) -> tuple[str, ...]:
    """Read one name or a list of distinct names for variables."""
    items = node.items if isinstance(node, Sequence) else [node]
    names = [item for item in items if isinstance(item, Scalar)]
    words = tuple([name.text for name in names])
    if not words or len(words) < len(items) or len(set(words)) < len(words):
        grammar.report(node, f"{key} takes distinct names, such as [x, y]")
        return ()
    for name in names:
        _check_variable(grammar, name, key == "for")
    return words


def _check_variable(grammar: Grammar, name: Scalar, loops: bool) -> None:
    """Report a name that no variable may have. With ``loops`` the name that repeat counts in is allowed."""
    if not is_variable(name.text) and not (loops and name.text == COUNTER):
        hint = "a letter, then letters, digits and _; no word of the language"
        grammar.report(name, f"'{name.text[:60]}' cannot name a variable", hint)


def _loop(grammar: Grammar, node: Mapping) -> Loop | None:
    names, over = node.entries["for"], node.entries.get("over")
    if isinstance(names, Mapping):
        if over is not None:
            grammar.report(node.key("over"), "for: {name: list} has lists of its own, so over cannot be added")
        found = tuple(names.entries)
        for key in names.keys().values():
            _check_variable(grammar, key, True)
        values = [grammar.value(item) for item in names.entries.values()]
        columns = True
        if not values:
            grammar.report(names, "for needs at least one name")
    else:
        if over is None:
            grammar.report(node.key("for"), "for without over", "for: [names], over: rows; or for: {name: list}")
            return None
        found, values = variables(grammar, names, "for"), [grammar.value(over)]
        columns = isinstance(names, Scalar)
    if COUNTER in found and "repeat" in node.entries:
        grammar.report(
            node.key("repeat"),
            f"repeat counts in {COUNTER}, and for has a variable of that name too",
            "give the loop another name",
        )
    compiled = tuple([value for value in values if value is not None])
    return Loop(found, compiled, columns)


def _sources(grammar: Grammar, form: Form, node: Value) -> tuple[Name, ...]:
    names = _names(grammar, node, "from")
    if len(names) > 1 and not isinstance(form, (Call, Again)):
        grammar.report(node, f"a chain, residual or branches reads one input, from names {len(names)}")
    return names


def _shares(grammar: Grammar, form: Form, node: Value) -> Name | None:
    names = _names(grammar, node, "shares")
    if len(names) > 1:
        grammar.report(node, f"shares takes one name, got {len(names)}")
    if not isinstance(form, Call) or form.word[0].isupper() or form.expert is not None:
        hint = "again: name runs an earlier block or chain once more, with its weights"
        grammar.report(node, "shares ties the weights of one op; a block or a chain cannot share", hint)
    return names[0] if names else None


def _names(grammar: Grammar, node: Value, key: str) -> tuple[Name, ...]:
    items = node.items if isinstance(node, Sequence) else [node]
    names = []
    for item in items:
        if isinstance(item, Scalar) and item.text:
            names.append(grammar.name(item, many=key == "from"))
        else:
            grammar.report(item, f"{key} takes names of layers")
    if not items:
        grammar.report(node, f"{key} takes names of layers, got an empty list")
    return tuple([name for name in names if name is not None])


def _bits(grammar: Grammar, node: Value) -> Compiled | None:
    literals = (node.text,) if isinstance(node, Scalar) and _is_bits_word(node.text) else ()
    return grammar.attempt(lambda: compile_value(node, literals))


def _is_bits_word(text: str) -> bool:
    """True if ``text`` is taken literally under bits: w4a8 or the name of a format, even with a bad number."""
    if BITS_WORD.fullmatch(text):
        return True
    try:
        return _LIKE_A_FORMAT.fullmatch(text) is not None and bits_named(text) is not None
    except OpError:
        return True


def _parts(grammar: Grammar, form: Form, node: Mapping) -> FrozenDict[str, Compiled]:
    if not isinstance(form, Call) or form.word[0].isupper() or form.expert is not None:
        grammar.report(
            node,
            "bits by part are for one op, not for several layers",
            "write one width, or bits: on the layers inside",
        )
    values = {part: _bits(grammar, value) for part, value in node.entries.items()}
    return FrozenDict({part: value for part, value in values.items() if value is not None})


def _flag(grammar: Grammar, node: Value) -> bool:
    if isinstance(node, Scalar) and isinstance(node.data, bool):
        return node.data
    grammar.report(node, "training_only must be true or false")
    return False
