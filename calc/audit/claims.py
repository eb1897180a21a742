"""Published numbers as YAML: what was printed, about which layers, at which bits, by which convention.

    spec: ../mobilenetv2.yaml
    source: where it was printed
    claims:
      - {name: Block_0, layer: features.0.0, bits: 8, convention: weight, macs: "10,838,016"}

Keys of the file other than ``claims`` hold for every claim, those of a group, which has ``claims`` of its own,
for the claims in it. One claim may give several numbers.
"""

from pathlib import Path
from typing import Any, NamedTuple

from calc.bitops import CONVENTIONS
from calc.conventions import names
from calc.errors import OpError, Place, Problem, SpecError, nearest
from calc.explain.printed import Printed, read
from calc.reading import read_bytes, read_standard_input
from calc.spec import source
from calc.spec.expressions import compile_expression
from calc.spec.functions import number
from calc.spec.load import find
from calc.spec.source import Mapping, Scalar, Sequence, Value

COSTS = ("macs", "params", "activations", "bitops", "bytes")
SHAPES = ("in_channels", "out_channels", "stride", "groups", "input_size", "output_size")
PARTS = ("all", "convolutions", "without classifier")
EXPECTED = ("exact", "rounded")
_ABOUT = ("name", "where", "spec", "source", "set", "input", "layer", "part", "bits", "ends", "convention", "expect")
_KEYS = (*_ABOUT, *COSTS, *SHAPES)
_VALUE_KEYS = ("value", "product", "expect")


class About(NamedTuple):
    """What a claim is about. ``spec`` is a path; empty for the file's own."""

    name: str
    where: str
    spec: str
    source: str
    params: dict[str, Any]
    input: tuple[int, ...] | None
    layer: str | None
    part: str
    bits: str
    ends: str
    convention: str


class Claim(NamedTuple):
    """One printed number. ``product`` is what the multiplication beside it comes to; ``expect`` must be its verdict."""

    about: About
    quantity: str
    printed: Printed | None
    text: str
    product: int | float | None
    expect: str
    place: Place


def read_claims(path: str) -> tuple[Claim, ...]:
    """The claims in the YAML file ``path``, a file of claims, or a spec (a file or a packaged one) with ``claims:``.

    Raises SpecError with every problem of the file.
    """
    path = find(path)
    root = source.parse(read_standard_input() if path == "-" else read_bytes(path, pipes="open"), path)
    problems: list[Problem] = []
    if not isinstance(root, Mapping) or not isinstance(root.entries.get("claims"), Sequence):
        raise SpecError([Problem(root.place, "no claims: here", "claims: a list, such as {macs: 300M, source: …}")])
    is_spec = "layers" in root.entries or "extends" in root.entries
    common = {} if is_spec else {key: value for key, value in root.entries.items() if key != "claims"}
    if not is_spec:
        _check_keys(root, (*_ABOUT, "claims"), problems)
    found = _group(root.entries["claims"], common, path if is_spec else "", path, problems)
    if problems:
        raise SpecError(problems)
    return tuple(found)


def _check_keys(node: Mapping, known: tuple[str, ...], problems: list[Problem]) -> None:
    for name, key in node.keys.items():
        if name not in known:
            problems.append(Problem(key.place, f"unknown key {name}", nearest(name, known)))


def _group(listed: Value, common: dict[str, Value], own: str, path: str, problems: list[Problem]) -> list[Claim]:
    if not isinstance(listed, Sequence):
        problems.append(Problem(listed.place, "claims must be a list"))
        return []
    if not listed.items:
        problems.append(Problem(listed.place, "claims: is empty", "such as {macs: 300M, bits: 8}"))
    found = []
    for item in listed.items:
        if isinstance(item, Mapping) and "claims" in item.entries:
            _check_keys(item, (*_ABOUT, "claims"), problems)
            inner = common | {key: value for key, value in item.entries.items() if key != "claims"}
            found += _group(item.entries["claims"], inner, own, path, problems)
        else:
            found += _claims(item, common, own, path, problems)
    return found


def _claims(item: Value, common: dict[str, Value], own: str, path: str, problems: list[Problem]) -> list[Claim]:
    if not isinstance(item, Mapping):
        problems.append(Problem(item.place, "a claim is a mapping such as {macs: 300M, bits: 8}"))
        return []
    _check_keys(item, _KEYS, problems)
    quantities = [key for key in item.entries if key in (*COSTS, *SHAPES)]
    if not quantities:
        problems.append(Problem(item.place, "claims no number", f"one of {', '.join((*COSTS, *SHAPES))}"))
    given = {key: source.plain(value) for key, value in (common | item.entries).items() if key in _ABOUT}
    about = _about(given, own, path, item, problems)
    claims = [_claim(about, key, item.entries[key], str(given.get("expect", "")), problems) for key in quantities]
    return [claim for claim in claims if claim]


def _about(given: dict[str, Any], own: str, path: str, item: Mapping, problems: list[Problem]) -> About:
    spec = own or str(Path(path).parent / str(given.get("spec", "")))
    if not own and "spec" not in given:
        problems.append(Problem(item.place, "no spec: here or at the top of the file", "spec: ../mobilenetv2.yaml"))
    known = (*CONVENTIONS, *names())
    convention = str(given.get("convention", ""))
    if convention and convention not in known:
        problems.append(Problem(item.place, f"unknown convention {convention}", nearest(convention, known)))
    part = str(given.get("part", "all"))
    if part not in PARTS:
        problems.append(Problem(item.place, f"unknown part {part}", nearest(part, PARTS)))
    sizes = given.get("input")
    return About(
        name=str(given.get("name", "")),
        where=str(given.get("where", "")),
        spec=spec,
        source=str(given.get("source", "")),
        params=given.get("set", {}),
        input=tuple(sizes) if isinstance(sizes, list) else None,
        layer=given.get("layer"),
        part=part,
        bits=str(given.get("bits", "fp32")),
        ends=str(given.get("ends", "rest")),
        convention=convention,
    )


def _claim(about: About, quantity: str, node: Value, expect: str, problems: list[Problem]) -> Claim | None:
    value, product = node, None
    if isinstance(node, Mapping):
        for key, at in node.keys.items():
            if key not in _VALUE_KEYS:
                problems.append(Problem(at.place, f"unknown key {key}", nearest(key, _VALUE_KEYS)))
        if "value" not in node.entries:
            problems.append(Problem(node.place, "needs value:, the number as printed"))
            return None
        value = node.entries["value"]
        product = _product(node.entries.get("product"), problems)
        expect = _text(node.entries.get("expect")) or expect
    if expect and expect not in EXPECTED:
        problems.append(Problem(node.place, f"expect: {expect} is neither exact nor rounded"))
    text = _text(value)
    if quantity in SHAPES:
        return Claim(about, quantity, None, text, product, expect, value.place)
    try:
        printed = read(text)
    except OpError as error:
        problems.append(Problem(value.place, f"{quantity}: {error.fact}", error.hint))
        return None
    if quantity == "bytes" and printed.may_be_bytes:
        printed = printed.as_bytes()
    return Claim(about, quantity, printed, text, product, expect, value.place)


def _product(node: Value | None, problems: list[Problem]) -> int | float | None:
    """What the arithmetic in ``node`` comes to; None without one, or where it is a problem."""
    if node is None:
        return None
    try:
        expression = compile_expression(_text(node))
        if expression.names:
            raise OpError(f"{min(expression.names)} is no number")
        value: int | float = number(expression.evaluate({}), expression.text)
    except OpError as error:
        problems.append(Problem(node.place, f"product: {error.fact}", error.hint))
        return None
    return value


def _text(node: Value | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
