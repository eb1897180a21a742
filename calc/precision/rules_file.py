"""Reading a YAML file of precision rules.

    default: 8
    stores: deployed
    rules:
      - {kind: depthwise, bits: 4}
      - {name: "features.1?.*", position: 50%..100%, bits: w2a8}

Later rules win.
"""

import re

from calc.errors import OpError, Problem, SpecError
from calc.formats import Format, nearest_format
from calc.model.bits_named import bits_named
from calc.model.graph import Bits
from calc.precision.position import Position, position_of
from calc.precision.rules import Rule, Rules
from calc.precision.stores import read_stores
from calc.precision.uniform import uniform_bits, width
from calc.reading import read_bytes
from calc.spec import source
from calc.spec.keys import text_of, unknown_keys

_BOTH = re.compile(r"w[0-9g]+a[0-9].*|.+-a.+")
"""Matches bits that include those of activations."""
_KEYS = ("name", "op", "kind", "position", "bits")


def read_rules(path: str) -> Rules:
    """Return the policy in the YAML file ``path``:

    ``rules:``, a list, and optionally ``default:``, bits, and ``stores:``.

    With ``stores:`` the rules may be missing. Raises SpecError with every problem of the file.
    """
    root = source.parse(read_bytes(path), path, "a precision file has rules:, a list")
    if not isinstance(root, source.Mapping):
        raise SpecError([Problem(root.place, "a precision file is a mapping: rules, default, stores")])
    entries = root.entries
    problems = unknown_keys(root, ("rules", "default", "stores"))
    stores = read_stores(entries["stores"], problems) if "stores" in entries else None
    read = None if stores is None else stores.activations
    rules = entries.get("rules")
    found: list[Rule] = []
    if isinstance(rules, source.Sequence):
        for item in rules.items:
            found += _read_rule(item, read, problems)
    elif rules is not None or "stores" not in entries:
        problems.append(Problem((rules or root).place, "needs rules: a list of rules"))
    default = _read_bits(entries["default"], read, problems) if "default" in entries else None
    if stores is not None and stores.weights is not None:
        if "default" in entries:
            fact = "default: and stores: weights: are both about the layers that no rule is about"
            problems.append(Problem(root.key("default").place, fact, "leave one of them out"))
        default = _reading(bits_named(stores.weights.name), read)
    if problems:
        raise SpecError(problems)
    return Rules(path, tuple(found), default or _reading(default, read), stores)


def _reading(bits: Bits | None, activations: Format | None) -> Bits | None:
    """Return ``bits`` with the activations of the file, if it states any. Without bits, the weights have 32."""
    if activations is None:
        return bits
    return (bits or Bits(32, 32))._replace(activation=activations.code_bits)


def _read_rule(item: source.Value, read: Format | None, problems: list[Problem]) -> list[Rule]:
    if not isinstance(item, source.Mapping):
        problems.append(Problem(item.place, "a rule is a mapping such as {op: conv2d, bits: 4}"))
        return []
    problems += unknown_keys(item, _KEYS)
    words = {key: _read_word(key, item.entries[key], problems) for key in ("name", "op", "kind") if key in item.entries}
    position = _read_position(item.entries["position"], problems) if "position" in item.entries else None
    if "bits" not in item.entries:
        problems.append(Problem(item.place, "needs bits: 1 to 64, w4a8, or a format such as int4g128"))
        return []
    bits = _read_bits(item.entries["bits"], read, problems)
    return [] if bits is None else [Rule(item.place, bits, position=position, **words)]


def _read_word(key: str, value: source.Value, problems: list[Problem]) -> str | None:
    try:
        return text_of(value, key)
    except OpError as error:
        problems.append(Problem(value.place, error.fact, error.hint))
        return None


def _read_bits(value: source.Value, read: Format | None, problems: list[Problem]) -> Bits | None:
    try:
        if isinstance(value, source.Scalar) and type(value.data) is int:
            return _reading(Bits(width(value.data), width(value.data)), read)
        text = value.text if isinstance(value, source.Scalar) else ""
        bits = uniform_bits(text)
        if bits is not None and not _BOTH.fullmatch(text):
            bits = _reading(bits, read)
    except OpError as error:
        problems.append(Problem(value.place, error.fact, error.hint))
        return None
    if bits is None:
        near = nearest_format(value.text) if isinstance(value, source.Scalar) else ""
        problems.append(Problem(value.place, "bits: must be 1 to 64, w4a8, or a format such as int4g128", near))
    return bits


def _read_position(value: source.Value, problems: list[Problem]) -> Position | None:
    try:
        return position_of(value.text if isinstance(value, source.Scalar) else "")
    except OpError as error:
        problems.append(Problem(value.place, error.fact, error.hint))
        return None
