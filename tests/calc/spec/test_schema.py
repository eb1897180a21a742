"""The grammar of layers, modifiers and blocks: what it reads, and every violation at its place."""

from types import SimpleNamespace

import pytest

from calc.errors import OpError
from calc.ops.base import Op
from calc.spec import loads
from calc.spec.blocks import block_params, blocks
from calc.spec.expressions import SPLIT
from calc.spec.model import Branches, Call, Nested, Residual
from calc.spec.modifiers import MODIFIERS
from calc.spec.schema import STRUCTURES, Layers
from calc.spec.source import parse
from calc.spec.tree import Scalar, Value
from tests.calc.spec.written import text_of

BLOCK = "with layers: and params:, or is: for an alias"


def read(text: str) -> Value:
    """The YAML value in ``text``."""
    return parse(text, "t")


def problems(text: str) -> list[str]:
    """What the grammar says of the chain in ``text``: ``line:column: fact``."""
    grammar = Layers()
    grammar.chain(read(text))
    return [str(problem).split("\n")[0].removeprefix("t:") for problem in grammar.problems]


def test_forms() -> None:
    grammar = Layers()
    chain = grammar.chain(
        read("[relu, Unit, $act, [tanh], {chain: []}, {splice: []}, {residual: []}, {branches: [[], []], merge: add}]")
    )
    assert chain is not None
    assert not grammar.problems
    assert [type(member.form) for member in chain.members] == [
        Call,
        Call,
        Call,
        Nested,
        Nested,
        Nested,
        Residual,
        Branches,
    ]
    assert [member.joins for member in chain.members] == [False] * 5 + [True] * 3


def test_every_member_knows_where_it_stands() -> None:
    chain = Layers().chain(read("[relu, [tanh], {chain: []}, {relu: , when: true}]"))
    assert chain is not None
    assert [member.place.column for member in chain.members] == [2, 8, 17, 30]


def test_structures_under_a_key_do_not_join() -> None:
    chain = Layers().chain(read("{a: {residual: []}, b: {splice: []}, c: {branches: {x: relu, y: relu}, merge: add}}"))
    assert chain is not None
    assert [member.joins for member in chain.members] == [False, False, False]


def test_arguments_are_kept_as_they_are_written() -> None:
    chain = Layers().chain(read("[{conv2d: {a: 1}}, {linear: 8}, {relu: }, {relu: ~}, {dropout: null}, {linear: [1]}]"))
    assert chain is not None
    calls = [member.form for member in chain.members if isinstance(member.form, Call)]
    assert [type(call.arguments).__name__ for call in calls] == [
        "Mapping",
        "Scalar",
        "NoneType",
        "NoneType",
        "Scalar",
        "Sequence",
    ]


def test_modifiers() -> None:
    grammar = Layers()
    chain = grammar.chain(
        read(
            "[{relu: , when: a, repeat: 3, for: [x, y], over: rows, from: [b, input], bits: w4a8, training_only: true},"
            " {linear: 3, shares: c, for: {n: [1], m: [2]}, bits: 8}, {relu: , for: n, over: [1]}, {relu: , from: b}]"
        )
    )
    assert chain is not None
    assert not grammar.problems
    full, tied, single, sourced = chain.members
    assert full.when is not None
    assert full.repeat is not None
    assert full.loop is not None
    assert (full.loop.names, full.loop.columns) == (("x", "y"), False)
    assert [name.constant for name in full.sources] == ["b", "input"]
    assert full.bits is not None
    assert full.bits.evaluate(None) == "w4a8"
    assert (full.training_only, full.plain) == (True, False)
    assert tied.shares is not None
    assert tied.loop is not None
    assert (tied.loop.names, tied.loop.columns, tied.shares.constant) == (("n", "m"), True, "c")
    assert single.loop is not None
    assert (single.loop.names, single.loop.columns) == (("n",), True)
    assert (sourced.plain, sourced.sources[0].constant) == (True, "b")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("relu", ["1:1: a chain must be a list of layers or a mapping of names to layers, got 'relu'"]),
        ("[3]", ["1:2: a layer must be an op, a Block, $param or a list of layers, got '3'"]),
        ("['']", ["1:2: a layer must be an op, a Block, $param or a list of layers, got nothing"]),
        ("[relu9]", ["1:2: unknown op relu9"]),
        ("[{relu9: }]", ["1:3: unknown op relu9"]),
        ("[residual]", ["1:2: residual needs layers"]),
        ("[{chain: }]", ["1:10: a chain must be a list of layers or a mapping of names to layers, got nothing"]),
        ("[when]", ["1:2: a layer must be an op, a Block, $param or a list of layers, got 'when'"]),
        ("[{}]", ["1:2: a layer has exactly one word, this one has none"]),
        ("[{when: true}]", ["1:2: a layer has exactly one word, this one has none"]),
        ("[{relu: , tanh: }]", ["1:2: a layer has exactly one word, this one has 2: relu, tanh"]),
        ("[{relu: , A: }]", ["1:2: a layer has exactly one word, this one has 2: relu, A"]),
        ("[{foo: , bar: }]", ["1:2: a layer has exactly one word, this one has 2: foo, bar"]),
        ("[{relu: , tanhh: }]", ["1:11: unknown key tanhh in a layer of relu"]),
        ("[{conv2d: , stride: 2}]", ["1:13: stride is a key of conv2d, not of the layer"]),
        ("[{relu: , merge: add}]", ["1:11: unknown key merge in a layer of relu"]),
        ("[{relu: , shortcut: []}]", ["1:11: unknown key shortcut in a layer of relu"]),
        ("[{residual: [], merge: add}]", ["1:17: unknown key merge in a layer of residual"]),
        ("[{relu: , 'a b': 1}]", ["1:11: unknown key a b in a layer of relu"]),
        ("{relu: }", ["1:2: the op relu stands where a name belongs"]),
        ("{conv2d: {out_channels: 3}}", ["1:2: the op conv2d stands where a name belongs"]),
        ("{a b: relu}", ["1:2: 'a b' is not a name"]),
        ("{'a{1 +}': relu}", ["1:2: '1 +' is not an expression"]),
        ("[{branches: [[], []]}]", ["1:3: branches needs merge"]),
        ("[{branches: [[], []], merge: [add]}]", ["1:30: merge must be add, multiply or concat, got a list"]),
        ("[{branches: [[]], merge: add}]", ["1:13: branches needs at least two branches, got 1"]),
        ("[{branches: {a: []}, merge: add}]", ["1:13: branches needs at least two branches, got 1"]),
        (
            "[{branches: 3, merge: add}]",
            ["1:13: branches must be a list of chains or a mapping of names to layers, got '3'"],
        ),
        (
            "[{branches: {a: [], b: {relu: , training_only: true}}, merge: add}]",
            ["1:25: a branch cannot be training_only"],
        ),
        ("[{relu: , when: 1 +}]", ["1:17: '1 +' is not an expression"]),
        ("[{relu: , over: [1]}]", ["1:11: over without for"]),
        ("[{relu: , for: x}]", ["1:11: for without over"]),
        ("[{relu: , for: [], over: [1]}]", ["1:16: for takes distinct names"]),
        ("[{relu: , for: [x, x], over: [1]}]", ["1:16: for takes distinct names"]),
        ("[{relu: , for: [x, [y]], over: [1]}]", ["1:16: for takes distinct names"]),
        (
            "[{relu: , for: i, over: [1], repeat: 2}]",
            ["1:30: repeat counts in i, and for has a variable of that name too"],
        ),
        ("[{relu: , for: in, over: [1]}]", ["1:16: 'in' cannot name a variable"]),
        ("[{relu: , for: {x: [1], if: [2]}}]", ["1:25: 'if' cannot name a variable"]),
        ("[{relu: , for: {}}]", ["1:16: for needs at least one name"]),
        ("[{relu: , for: {x: [1]}, over: [1]}]", ["1:26: for: {name: list} has lists of its own"]),
        ("[{relu: , from: }]", ["1:17: from takes names of layers"]),
        ("[{relu: , from: [a, [b]]}]", ["1:21: from takes names of layers"]),
        ("[{relu: , from: []}]", ["1:17: from takes names of layers, got an empty list"]),
        ("[{relu: , from: a b}]", ["1:17: 'a b' is not a name"]),
        ("[{chain: [], from: [a, b]}]", ["1:20: a chain, residual or branches reads one input, from names 2"]),
        ("[{relu: , shares: [a, b]}]", ["1:19: shares takes one name, got 2"]),
        ("[{linear: 3, shares: []}]", ["1:22: shares takes names of layers, got an empty list"]),
        ("[{linear: 3, shares: [[a]]}]", ["1:23: shares takes names of layers"]),
        ("[{A: , shares: a}]", ["1:16: shares ties the weights of one op"]),
        ("[{relu: , training_only: 'true'}]", ["1:26: training_only must be true or false"]),
        ("[{relu: , bits: [8}]}]".replace("}]}]", "]}]"), []),
        ("[relu9, {tanhh: }, {a: 1, b: 2}]", ["1:2: unknown op relu9", "1:10: unknown op tanhh", "1:20: a layer has"]),
    ],
)
def test_violations(text: str, expected: list[str]) -> None:
    found = problems(text)
    assert len(found) == len(expected), found
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    "text, hint",
    [
        ("relu", "write [relu]"),
        ("3", "the empty chain is []"),
        ("[{chain: }]", "the empty chain is []"),
        ("[residual]", "residual: [layers]"),
        ("[{relu: , when: max(1, 2) == 2}]", SPLIT),
        ("[{relu: , for: i, over: [1], repeat: 2}]", "give the loop another name"),
        (
            "[{relu: , tanhh: 1, when: true}]",
            "known here: bits, for, from, over, repeat, runs, shares, training_only, when",
        ),
        ("[{residual: [], shortcu: []}]", "did you mean shortcut or shortcut_when?"),
        ("[{conv2d: , stride: 2}]", "write it inside: conv2d: {stride: …}"),
        ("[batch_norm2d]", "did you mean batch_norm?"),
        ("[conv2D]", "did you mean conv2d?"),
        ("[{conv2D: }]", "did you mean conv2d?"),
        ("[zzzzzzzz]", "calc ops lists the ops; a block has a capital; in a list no layer has a name"),
        ("[{branches: [[], []]}]", "merge: add, multiply or concat"),
    ],
)
def test_hints(text: str, hint: str) -> None:
    grammar = Layers()
    grammar.chain(read(text))
    assert str(grammar.problems[-1].hint) == hint


def test_half_an_op_of_another_distribution_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.spec.schema.outside", lambda: SimpleNamespace(refused={"swirl": "swirl has no builder"}))
    grammar = Layers()
    grammar.chain(read("[swirl]"))
    hint = "an op comes with the builder that calc verify checks its counts by"
    assert [(problem.fact, problem.hint) for problem in grammar.problems] == [("swirl has no builder", hint)]


def test_an_op_of_another_distribution_that_cannot_be_loaded_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(word: str) -> type[Op]:
        raise OpError(f"{word} cannot be imported", "mend its distribution")

    monkeypatch.setattr("calc.spec.schema.is_op", lambda word: word in ("swirl", "relu"))
    monkeypatch.setattr("calc.spec.schema.op_class", broken)
    grammar = Layers()
    grammar.chain(read("[relu, swirl]"))
    assert [str(problem) for problem in grammar.problems] == [
        "t:1:8: swirl cannot be imported\n  hint: mend its distribution"
    ]


def test_every_modifier_and_structure_is_read() -> None:
    """A word that the tables name and the grammar forgets would be taken in silence."""
    for word in MODIFIERS:
        assert problems(f"[{{relu: , {word}: [}}]".replace("[}", "{a: {}}}")), word
    for word in STRUCTURES:
        assert problems(f"[{{{word}: 3, merge: add}}]"), word


def test_parameters() -> None:
    grammar = Layers()
    found = block_params(grammar, read("{out: , kernel: 3, wide: ~, hidden: in * out, none: null, sizes: [1, 2]}"))
    assert not grammar.problems
    assert [(name, p.default is None) for name, p in found.items()] == [
        ("out", True),
        ("kernel", False),
        ("wide", True),
        ("hidden", False),
        ("none", False),
        ("sizes", False),
    ]
    assert block_params(grammar, None) == block_params(grammar, read("~")) == {}


LETTERS = "\n  hint: a letter, then letters, digits and _; no word of the language"
VALUES = "write a number, true or false, a list or an expression"


@pytest.mark.parametrize(
    "text, fact",
    [
        ("[a, b]", "1:1: params must be a mapping of names to defaults\n  hint: params: {width: 1.0, out: }"),
        ("3", "1:1: params must be a mapping of names to defaults\n  hint: params: {width: 1.0, out: }"),
        ("{in: 3}", f"1:2: 'in' cannot name a param{LETTERS}"),
        ("{i: 3}", f"1:2: 'i' cannot name a param{LETTERS}"),
        ("{class: 3}", f"1:2: 'class' cannot name a param{LETTERS}"),
        ("{len: 3}", f"1:2: 'len' cannot name a param{LETTERS}"),
        ("{a-b: 3}", f"1:2: 'a-b' cannot name a param{LETTERS}"),
        ("{a: {b: 3}}", f"1:5: a mapping where a value belongs\n  hint: {VALUES}"),
    ],
)
def test_parameters_that_are_refused(text: str, fact: str) -> None:
    grammar = Layers()
    block_params(grammar, read(text))
    assert str(grammar.problems[0]) == f"t:{fact}"


def test_blocks() -> None:
    grammar = Layers()
    found = blocks(
        grammar, read("{A: {params: {x: }, layers: [relu]}, B: {is: relu}, C: {inputs: [x, y], layers: {a: add}}}")
    )
    assert not grammar.problems
    assert [(b.name, list(b.parameters), b.inputs, b.alias) for b in found.values()] == [
        ("A", ["x"], (), False),
        ("B", [], (), True),
        ("C", [], ("x", "y"), False),
    ]


@pytest.mark.parametrize(
    "text, fact",
    [
        ("[A]", "1:1: blocks must be a mapping of names to blocks"),
        ("{a: {layers: []}}", "1:2: 'a' cannot name a block\n  hint: a block starts with a capital"),
        ("{A-B: {layers: []}}", "1:2: 'A-B' cannot name a block\n  hint: a block starts with a capital"),
        ("{A: [relu]}", f"1:5: the block A must be a mapping\n  hint: {BLOCK}"),
        ("{A: }", f"1:5: the block A must be a mapping\n  hint: {BLOCK}"),
        (f"{{{'A' * 61}: 3}}", f"1:65: the block {'A' * 60} must be a mapping\n  hint: {BLOCK}"),
        ("{A: {}}", "1:2: the block A needs layers: or is:, one of them"),
        ("{A: {layers: [], is: relu}}", "1:2: the block A needs layers: or is:, one of them"),
        ("{A: {layers: [], param: {}}}", "1:18: unknown key param in the block A\n  hint: did you mean params?"),
        (
            f"{{{'A' * 61}: {{layers: [], x: 1}}}}",
            f"1:78: unknown key x in the block {'A' * 60}\n  hint: known here: inputs, is, layers, params",
        ),
        ("{A: {layers: [], inputs: [x, x]}}", "1:26: inputs takes distinct names, such as [x, y]"),
        ("{A: {layers: [], inputs: {x: 1}}}", "1:26: inputs takes distinct names, such as [x, y]"),
        ("{A: {is: 3}}", "1:10: a layer must be an op, a Block, $param or a list of layers, got '3'"),
    ],
)
def test_blocks_that_are_refused(text: str, fact: str) -> None:
    grammar = Layers()
    blocks(grammar, read(text))
    assert str(grammar.problems[0]) == f"t:{fact}"


@pytest.mark.parametrize(
    "modifier",
    ["when: true", "repeat: 2", "for: [a], over: [1]", "from: b", "shares: b", "training_only: true", "runs: true"],
)
def test_what_stands_for_a_layer_carries_its_modifiers(modifier: str) -> None:
    word = modifier.partition(":")[0]
    for text, place, key, hint in (
        (f"A: {{is: {{relu: , {modifier}}}}}", "1:11", "is:", "write it at the calls of the block, or use layers:"),
        (f"a: {{experts: {{expert: {{relu: , {modifier}}}}}}}", "1:25", "expert:", "write it inside a block"),
    ):
        grammar = Layers()
        written = read(f"{{{text}}}")
        _ = blocks(grammar, written) if key == "is:" else grammar.chain(written)
        assert [str(each) for each in grammar.problems] == [f"t:{place}: {word} does not go with {key}\n  hint: {hint}"]


def test_the_word_of_a_layer_is_where_it_stands() -> None:
    spec = loads(text_of("- when: true\n  relu:\n"))
    (member,) = spec.chain.members
    assert isinstance(member.form, Call)
    assert member.place == member.form.place
    assert member.place.line == 6
    assert not isinstance(member.form.arguments, Scalar)
