"""Published numbers as YAML: what was printed, about which layers, at which bits, by which convention.

    spec: ../mobilenetv2.yaml
    source: where it was printed
    claims:
      - {name: Block_0, layer: features.0.0, bits: 8, convention: weight, macs: "10,838,016"}

Keys of the file other than ``claims`` hold for every claim, those of a group, which has ``claims`` of its own,
for the claims in it. One claim may give several numbers.
"""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from calc.bitops import CONVENTIONS
from calc.claims.printed import Printed, read_printed
from calc.claims.subject import PARTS
from calc.claims.widths import SAME
from calc.conventions import convention_names
from calc.errors import OpError, Place, Problem, SpecError, nearest
from calc.precision import resolve
from calc.precision.activations import known_activations
from calc.precision.ends import REST, with_ends
from calc.reading import read_bytes, read_standard_input
from calc.shape import sizes_of
from calc.sources.grammar import from_folder
from calc.spec import source
from calc.spec.expressions import compile_expression
from calc.spec.functions import number
from calc.spec.keys import kind_of_value, text_of, unknown_keys, word_of
from calc.spec.load import find_spec
from calc.spec.shelf import file_named, is_name, packaged_claims
from calc.spec.source import Mapping, Scalar, Sequence, Value
from calc.spec.values import compile_value

Read = TypeVar("Read")

COSTS = (
    "macs",
    "effective_macs",
    "params",
    "activations",
    "bitops",
    "bytes",
    "peak_activation_bytes",
    "effective_bits",
)
SHAPES = ("in_channels", "out_channels", "stride", "groups", "input_size", "output_size")
EXPECTED = ("exact", "rounded")
ABOUT = (
    "name",
    "where",
    "spec",
    "source",
    "set",
    "input",
    "batch",
    "layer",
    "part",
    "bits",
    "ends",
    "activations",
    "convention",
    "expect",
)
_KEYS = tuple(dict.fromkeys([*ABOUT, *COSTS, *SHAPES]))
_VALUE_KEYS = ("value", "product", "expect")


class About(NamedTuple):
    """The subject of a claim. ``spec`` is a path, or empty for the spec of the file itself."""

    name: str
    where: str
    spec: str
    source: str
    params: dict[str, Any]
    input: tuple[int, ...] | dict[str, tuple[int, ...]] | None
    batch: int
    layer: str | None
    part: str
    bits: str
    ends: str
    activations: str
    convention: str


class Claim(NamedTuple):
    """A printed number.

    ``product`` is the value of a multiplication printed with it, and ``expect`` the expected verdict.
    """

    about: About
    quantity: str
    printed: Printed | None
    text: str
    product: int | float | None
    expect: str
    place: Place


def find_claims(name: str) -> str:
    """Return the path of the claims called ``name``: a file, packaged claims or a spec, in this order.

    Raises SpecError that suggests the nearest name.
    """
    known = packaged_claims()
    is_file = Path(name).is_file() or (is_name(name) and file_named(name, Path()) is not None)
    if name in known and not is_file:
        return str(known[name])
    try:
        return find_spec(name)
    except SpecError as error:
        near = nearest(name, known, ())
        if not near:
            raise
        fact = f"{name[:200]}: neither a file nor packaged claims nor a packaged spec"
        raise SpecError([Problem(None, fact, near)]) from error


def read_claims(path: str) -> tuple[Claim, ...]:
    """Return the claims in ``path``: a file of claims or a spec with ``claims:``, each a YAML file or a packaged name.

    Raises SpecError with every problem of the file.
    """
    path = find_claims(path)
    root = source.parse(read_standard_input() if path == "-" else read_bytes(path, pipes="open"), path)
    problems: list[Problem] = []
    if not isinstance(root, Mapping) or not isinstance(root.entries.get("claims"), Sequence):
        raise SpecError(
            [Problem(root.place, "the file has no key claims", "claims: a list, such as {macs: 300M, source: …}")]
        )
    is_spec = "layers" in root.entries or "extends" in root.entries
    common = {} if is_spec else {key: value for key, value in root.entries.items() if key != "claims"}
    if not is_spec:
        problems += unknown_keys(root, (*ABOUT, "claims"))
    found = _group(root.entries["claims"], common, path if is_spec else "", path, problems)
    if problems:
        raise SpecError(sorted(dict.fromkeys(problems), key=lambda problem: problem.in_file or root.place))
    return tuple(found)


def _group(listed: Value, common: dict[str, Value], own: str, path: str, problems: list[Problem]) -> list[Claim]:
    if not isinstance(listed, Sequence):
        problems.append(Problem(listed.place, "claims must be a list"))
        return []
    if not listed.items:
        problems.append(Problem(listed.place, "claims: is empty", "such as {macs: 300M, bits: 8}"))
    found = []
    for item in listed.items:
        if own and isinstance(item, Mapping) and "spec" in item.entries:
            fact = "spec: in the claims of a spec, which are about this spec"
            problems.append(Problem(item.key("spec").place, fact, "write claims about others in a file of claims"))
        if isinstance(item, Mapping) and "claims" in item.entries:
            problems += unknown_keys(item, (*ABOUT, "claims"))
            inner = common | {key: value for key, value in item.entries.items() if key != "claims"}
            found += _group(item.entries["claims"], inner, own, path, problems)
        else:
            found += _claims(item, common, own, path, problems)
    return found


def _claims(item: Value, common: dict[str, Value], own: str, path: str, problems: list[Problem]) -> list[Claim]:
    if not isinstance(item, Mapping):
        problems.append(Problem(item.place, "a claim is a mapping such as {macs: 300M, bits: 8}"))
        return []
    problems += unknown_keys(item, _KEYS)
    own_about = {key: value for key, value in item.entries.items() if key in ABOUT and not _is_count(key, value)}
    quantities = [key for key in item.entries if key in (*COSTS, *SHAPES) and key not in own_about]
    if not quantities:
        problems.append(Problem(item.place, "has no number", f"one of {', '.join((*COSTS, *SHAPES))}"))
    given = _Given(common | own_about, problems)
    about = _about(given, own, path, item)
    expect = given.word("expect", EXPECTED, "")
    claims = [_claim(about, key, item.entries[key], expect, problems) for key in quantities]
    return [claim for claim in claims if claim]


def _is_count(key: str, node: Value) -> bool:
    """Return True if ``activations`` is a number of activations.

    Words such as ``same`` and ``8 bits`` say how activations are read.
    """
    is_number = isinstance(node, Scalar) and node.text[:1].isdigit() and not node.text.endswith("bits")
    return key == "activations" and (is_number or isinstance(node, Mapping))


def _activations(node: Value) -> str:
    return known_activations(text_of(node, "activations").removesuffix("bits").strip())


class _Given(NamedTuple):
    """The keys that describe claims. Each value is checked by its key, and mistakes are collected."""

    entries: dict[str, Value]
    problems: list[Problem]

    def read(self, key: str, how: Callable[[Value], Read], otherwise: Read) -> Read:
        node = self.entries.get(key)
        return otherwise if node is None else _attempt(node, lambda: how(node), self.problems, otherwise)

    def text(self, key: str, otherwise: str) -> str:
        return self.read(key, lambda node: text_of(node, key), otherwise)

    def word(self, key: str, words: Collection[str], otherwise: str) -> str:
        return self.read(key, lambda node: word_of(node, key, words), otherwise)


def _attempt(node: Value, how: Callable[[], Read], problems: list[Problem], otherwise: Read) -> Read:
    """Return the result of ``how``. If it raises, record the problem at ``node`` and return ``otherwise``."""
    try:
        return how()
    except OpError as error:
        problems.append(Problem(node.place, error.fact, error.hint))
    except SpecError as error:
        problems += error.problems
    return otherwise


def _about(given: _Given, own: str, path: str, item: Mapping) -> About:
    if not own and "spec" not in given.entries:
        given.problems.append(
            Problem(item.place, "no spec: here or at the top of the file", "spec: ../mobilenetv2.yaml")
        )
    return About(
        name=given.text("name", ""),
        where=given.text("where", ""),
        spec=own or given.read("spec", lambda node: from_folder(text_of(node, "spec"), Path(path).parent), ""),
        source=given.text("source", ""),
        params=given.read("set", _params, {}),
        input=given.read("input", _inputs, None),
        batch=given.read("batch", _batch, 1),
        layer=given.read("layer", lambda node: text_of(node, "layer"), None),
        part=given.word("part", PARTS, "all"),
        bits=given.read("bits", _bits, "fp32"),
        ends=given.read("ends", _ends, REST),
        activations=given.read("activations", _activations, SAME),
        convention=given.word("convention", (*CONVENTIONS, *convention_names()), ""),
    )


def _params(node: Value) -> dict[str, Any]:
    if not isinstance(node, Mapping):
        raise OpError(f"set takes params and their values, this is {kind_of_value(node)}", "set: {width: 0.5}")
    for name, value in node.entries.items():
        if isinstance(value, Scalar) and value.empty:
            raise OpError(f"the param {name[:60]} has no value here", "write one, or leave it out")
        compile_value(value)
    params: dict[str, Any] = source.plain(node)
    return params


def _inputs(node: Value) -> tuple[int, ...] | dict[str, tuple[int, ...]]:
    """Return the size of the only input, or a mapping by name such as ``{image: 3x64x64, text: [77]}``."""
    if isinstance(node, Mapping) and node.entries and "shape" not in node.entries:
        return {name: _sizes(sizes) for name, sizes in node.entries.items()}
    return _sizes(node)


def _sizes(node: Value) -> tuple[int, ...]:
    """Return a size, either ``[3, 64, 64]`` as in a spec or ``3x64x64`` as for ``--input``."""
    if isinstance(node, Sequence):
        return sizes_of("x".join([text_of(size, "a size of the input") for size in node.items]))
    return sizes_of(text_of(node, "input"))


def _batch(node: Value) -> int:
    text = text_of(node, "batch")
    try:
        (samples,) = sizes_of(text)
    except (OpError, ValueError):
        raise OpError(f"batch: {text[:40]!r} must be a positive integer") from None
    return samples


def _bits(node: Value) -> str:
    text = text_of(node, "bits")
    resolve(text)
    return text


def _ends(node: Value) -> str:
    text = text_of(node, "ends")
    with_ends(resolve("8"), text)
    return text


def _claim(about: About, quantity: str, node: Value, expect: str, problems: list[Problem]) -> Claim | None:
    value, product = node, None
    if isinstance(node, Mapping):
        problems += unknown_keys(node, _VALUE_KEYS)
        if "value" not in node.entries:
            problems.append(Problem(node.place, "needs value:, the number as printed"))
            return None
        value = node.entries["value"]
        given = _Given(node.entries, problems)
        if "product" in node.entries and quantity in SHAPES:
            problems.append(Problem(node.key("product").place, f"product: needs a cost, and {quantity} is not one"))
        product = given.read("product", _product, None)
        expect = given.word("expect", EXPECTED, expect)
    if quantity in SHAPES:
        shape = _attempt(value, lambda: _shape(quantity, value), problems, None)
        return None if shape is None else Claim(about, quantity, None, shape, product, expect, value.place)
    printed = _attempt(value, lambda: _printed(quantity, value), problems, None)
    return None if printed is None else Claim(about, quantity, printed, printed.text, product, expect, value.place)


def _shape(quantity: str, node: Value) -> str:
    text = text_of(node, quantity)
    try:
        sizes = sizes_of(text)
    except OpError:
        sizes = ()
    if not sizes or (len(sizes) > 1 and not quantity.endswith("_size")):
        such = "sizes such as 112x112" if quantity.endswith("_size") else "a positive integer"
        raise OpError(f"{quantity}: {text[:40]!r} must be {such}")
    return "x".join(map(str, sizes))


def _printed(quantity: str, node: Value) -> Printed:
    text = text_of(node, quantity)
    try:
        printed = read_printed(text)
    except OpError as error:
        raise OpError(f"{quantity}: {error.fact}", error.hint) from None
    return printed.as_bytes() if quantity.endswith("bytes") and printed.may_be_bytes else printed


def _product(node: Value) -> int | float | None:
    """Return the value of the arithmetic in ``node``."""
    text = text_of(node, "product")
    try:
        expression = compile_expression(text)
        if expression.names:
            raise OpError(f"{min(expression.names)} is not a number")
        value: int | float = number(expression.evaluate({}), expression.text)
    except OpError as error:
        raise OpError(f"product: {error.fact}", error.hint) from None
    return value
