"""The static pass: what is found without a shape, also in what ``when`` would drop, all at once."""

import pytest

from calc.errors import SpecError
from calc.spec import expand, loads
from tests.calc.spec.written import names, text_of


def found(layers: str, **parts: str) -> list[str]:
    """What loading says, a line a problem, without places and hints."""
    with pytest.raises(SpecError) as caught:
        loads(text_of(layers, **parts))
    lines = str(caught.value).split("\n")
    return [line.split(": ", 1)[1] for line in lines if not line.startswith(" ")]


def test_all_problems_at_once_in_the_order_of_the_file() -> None:
    assert found(
        """
        - conv2d: {out_channels: widht, kernel_size: 3, strid: 2}
        - {relu: , when: unknown}
        - {Unit: {kernel: 3}, when: false}
        - chain: [{linear: -1}]
          for: [x]
          over: rows
        """,
        params="{width: 1, used: width}",
        blocks="""
        Unit: {params: {out: , dead: 1}, layers: [{conv2d: {out_channels: out, kernel_size: i}}]}
        Other: {layers: [Missing]}
        """,
    ) == [
        "nothing uses the param used",
        "nothing uses the param dead",
        "unknown name i",
        "nothing uses the block Other",
        "unknown block Missing",
        "unknown name widht",
        "(conv2d): unknown key strid",
        "unknown name unknown",
        "Unit needs out",
        "unknown param kernel of Unit",
        "(linear): out_features=-1: must be a positive integer",
        "unknown name rows",
    ]


def test_members_that_when_drops_are_checked() -> None:
    assert found("[{conv2d: {kernel_size: 3}, when: false}]") == ["(conv2d): needs out_channels"]
    assert found("[{residual: [relu], shortcut: [{linear: x}], shortcut_when: false}]") == ["unknown name x"]


def test_scopes_are_lexical() -> None:
    blocks = "Unit: {params: {a: 1, b: a + in}, layers: [{dropout: b / n}, {relu: , when: i > 0, repeat: 2}]}"
    assert found("[{Unit: , for: n, over: [1]}]", blocks=blocks) == ["unknown name n"]
    assert found("[{dropout: a}, Unit]", blocks=blocks.replace("b / n", "b")) == ["unknown name a"]
    assert found("[{relu: , when: i > 0}, {relu: , repeat: i}]") == ["unknown name i", "unknown name i"]
    assert found("[{relu: , for: [x, y], over: [[x, 1]]}]") == ["unknown name x"]
    assert found("[{chain: [{dropout: n}], for: n, over: [1]}, {dropout: n}]") == ["unknown name n"]
    assert found("{'a{n}': relu}") == ["unknown name n"]
    assert found("{a: relu, b: {relu: , from: 'a{n}'}}") == ["unknown name n"]
    assert found("[$act]") == ["unknown name act"]


def test_params_read_those_before_them() -> None:
    assert found("[{dropout: a}]", params="{a: b, b: 1}") == [
        "b is defined later, but a param can read only params before it"
    ]
    assert found("[{dropout: a}]", params="{a: a}") == ["the param a reads itself"]
    blocks = "Unit: {params: {a: b, b: in}, layers: [{dropout: a}]}"
    assert found("[Unit]", blocks=blocks) == ["b is defined later, but a param can read only params before it"]


def test_in_belongs_to_blocks() -> None:
    assert found("[{linear: in}]") == ["in is the channels that enter a block, and this is outside any block"]
    assert found("[{linear: a}]", params="{a: in}") == [
        "in is the channels that enter a block, and this is outside any block"
    ]


def test_a_word_that_no_field_knows_is_said_with_those_that_it_knows() -> None:
    assert found("[{pad: {padding: 1, mode: reflekt}}]") == [
        "(pad): mode=reflekt: must be constant or reflect or replicate or circular"
    ]
    with pytest.raises(SpecError, match="hint: did you mean reflect"):
        loads(text_of("[{pad: {padding: 1, mode: reflekt}}]"))
    wants = "must be an integer from 1 to 64, like w4a8, or a format such as int4g128"
    assert found("[{linear: 8, bits: int8x}, {lstm: 8, bits: {weight: fp1}}]") == [
        f"bits=int8x: {wants}",
        f"bits=fp1: {wants}",
    ]
    with pytest.raises(SpecError, match="hint: did you mean int8"):
        loads(text_of("[{linear: 8, bits: int8x}]"))
    assert found("[{linear: 8, bits: int4g0}, {linear: 8, bits: int8-anf4}]") == [
        "int4g0: 0 weights a group: must be 1 to 1,048,576",
        "nf4 is a format of weights alone; int8-anf4 reads activations in it",
    ]
    assert found("[{conv2d: {out_channels: 8, kernel_size: 3, padding: in}}]") == [
        "in is the channels that enter a block, and this is outside any block"
    ]


def test_outputs_are_names_too() -> None:
    loads(text_of("{a1: relu}", params="{n: 1}", more="output: 'a{n}'\n"))
    assert found("{a1: relu}", more="output: 'a{n}'\n") == ["unknown name n"]


def test_unused_params() -> None:
    assert found("[relu]", params="{a: 1}") == ["nothing uses the param a"]
    loads(text_of("[relu]", params="{a: 8}", input="[a]"))
    loads(text_of("[$a]", params="{a: relu}"))
    loads(text_of("['Unit']", params="{a: 1}", blocks="Unit: {params: {b: a}, layers: [{dropout: b}]}"))
    loads(text_of("{'x{a}': relu}", params="{a: 1}"))
    loads(text_of("[{$f: {p: a}}]", params="{f: dropout, a: 0.1}"))
    loads(text_of("[{$f: {x: 'no value', p: [a, [b, 1]], y: {z: c}}}]", params="{f: conv2d, a: 1, b: 2, c: 3}"))
    loads(text_of("[{$f: a}, $g]", params="{f: dropout, a: 0.1, g: relu}"))


def test_a_shadowed_param_is_not_used_by_what_shadows_it() -> None:
    blocks = "Unit: {params: {a: 1}, layers: [{dropout: a}]}"
    assert found("[Unit]", params="{a: 1}", blocks=blocks) == ["nothing uses the param a"]
    assert found("[{dropout: a, for: a, over: [0.5]}]", params="{a: 1}") == ["nothing uses the param a"]
    own = "Unit: {params: {a: a}, layers: [relu]}"
    assert found("[Unit]", params="{a: 1}", blocks=own) == ["nothing uses the param a"]
    loads(text_of("[Unit]", params="{a: 1}", blocks=own.replace("relu", "{dropout: a}")))


def test_unused_blocks() -> None:
    unit = "Unit: {layers: [relu]}\n"
    assert found("[relu]", blocks=unit) == ["nothing uses the block Unit"]
    loads(text_of("[Other]", blocks=f"{unit}Other: {{layers: [Unit]}}"))
    loads(text_of("[Other]", blocks=f"{unit}Other: {{is: Unit}}"))


def test_a_param_that_is_called_may_hold_any_block() -> None:
    """A family names neither of its blocks; the specs that extend it do."""
    spec = loads(text_of("[$block]", params="{block: }", blocks="A: {layers: [relu]}\nB: {layers: [tanh]}"))
    assert names(expand(spec, {"block": "B"})) == ["0.0"]


@pytest.mark.parametrize(
    "blocks, cycle",
    [
        ("A: {layers: [A]}", "the block A calls itself: A → A"),
        (
            "A: {layers: [relu, B]}\nB: {layers: [{residual: [{C: }]}]}\nC: {is: A}",
            "the block A calls itself: A → B → C → A",
        ),
        ("A: {layers: [B]}\nB: {layers: [{B: , when: false}]}", "the block B calls itself: B → B"),
    ],
)
def test_cycles_of_blocks(blocks: str, cycle: str) -> None:
    assert found("[A]", blocks=blocks) == [cycle]


def test_a_diamond_is_no_cycle() -> None:
    blocks = "A: {layers: [B, C]}\nB: {layers: [D]}\nC: {layers: [D]}\nD: {layers: [relu]}"
    assert names(expand(loads(text_of("[A]", blocks=blocks)))) == ["0.0.0.0", "0.1.0.0"]


def test_a_chain_of_many_blocks_is_checked_without_recursion() -> None:
    blocks = "".join(f"B{i}: {{layers: [B{i + 1}]}}\n" for i in range(3000)) + "B3000: {layers: [B0]}"
    (cycle,) = found("[B0]", blocks=blocks)
    assert cycle.startswith("the block B0 calls itself: B0 → B1 → B2 →")


def test_words_are_known() -> None:
    assert found("[Unti]", blocks="Unit: {layers: [relu]}") == ["nothing uses the block Unit", "unknown block Unti"]
    assert found("[$act]", params="{act: rellu}") == ["unknown name rellu"]


def test_blocks_that_are_wrong_themselves_are_not_unknown_besides() -> None:
    assert found("[Unit, {Other: Unit}]", blocks="Unit: {layer: [relu]}\nOther: {params: {a: }, layers: [$a]}") == [
        "the block Unit needs layers: or is:, one of them",
        "unknown key layer in the block Unit",
    ]


def test_layers_of_a_block_that_are_no_chain() -> None:
    fact = "a chain must be a list of layers or a mapping of names to layers, got 'relu'"
    assert found("[A]", blocks="A: {layers: relu}") == [fact]
    assert found("[A]", blocks="A: {is: 3}") == ["a layer must be an op, a Block, $param or a list of layers, got '3'"]


def test_arguments_of_blocks() -> None:
    blocks = "Unit: {params: {a: , b: 1}, layers: [{dropout: a + b}]}"
    assert found("[Unit]", blocks=blocks) == ["Unit needs a"]
    assert found("[{Unit: [1, 2, 3]}]", blocks=blocks) == ["Unit takes at most 2 arguments, got 3"]
    assert found("[{Unit: {a: 1, c: 2}}]", blocks=blocks) == ["unknown param c of Unit"]
    assert found("[{Unit: 3}]", blocks="Unit: {layers: [relu]}") == ["Unit takes at most 0 arguments, got 1"]


def test_constants_are_checked_without_shapes() -> None:
    assert found("[{conv2d: {out_channels: 0, kernel_size: k, bias: 1}, when: false}]", params="{k: 3}") == [
        "(conv2d): out_channels=0: must be a positive integer",
        "(conv2d): bias=1: must be true or false",
    ]
    assert found("[{residual: [relu], shortcut_when: 3}]") == ["shortcut_when=3: must be true or false"]
    assert found("[{residual: [relu], shortcut_when: x}]") == ["unknown name x"]
    assert found("[{relu: , when: 1}, {relu: , repeat: -1}, {relu: , bits: 0}]") == [
        "when=1: must be true or false",
        "repeat=-1: must be an integer from 0 to 1000000",
        "bits=0: must be an integer from 1 to 64, like w4a8, or a format such as int4g128",
    ]


def test_layers_written_alike_are_one_op() -> None:
    layers = "[{linear: {out_features: 4}}, {linear: {out_features: 4}}, {linear: 4}, {linear: {out_features: n}}]"
    ops = [node.op for node in expand(loads(text_of(layers, params="{n: 4}", input="[8]"))).layers]
    assert ops[0] is ops[1]
    assert ops == [ops[0]] * 4


def test_of_layers_wrong_alike_each_is_told() -> None:
    assert found("[{linear: -1}, {linear: -1}]") == ["(linear): out_features=-1: must be a positive integer"] * 2


def test_of_a_long_word_sixty_letters_are_shown() -> None:
    word = "z" * 61
    assert found(f"[{{conv2d: {{out_channels: 1, kernel_size: 1, padding_mode: {word}}}}}]") == [
        f"(conv2d): padding_mode={word[:60]}: must be zeros or reflect or replicate or circular"
    ]
    (bits,) = found(f"[{{relu: , bits: {word}}}]")
    assert bits.startswith(f"bits={word[:60]}: must be ")


def test_text_in_quotes_that_is_no_op_is_told_the_nearest() -> None:
    spec = loads(text_of("[$act]", params="""{act: "'rleu'"}"""))
    with pytest.raises(
        SpecError, match=r"\$act is 'rleu', which is neither an op nor a block\n  hint: did you mean relu"
    ):
        expand(spec)


def test_a_block_that_an_expression_names_is_used() -> None:
    text = (
        "name: net\ninput: [3]\nparams: {unit: A}\nblocks: {A: {layers: [relu]}}\nlayers: [{tanh: , when: unit == A}]\n"
    )
    assert len(expand(loads(text)).layers) == 1
    with pytest.raises(SpecError, match="4:10: nothing uses the block A"):
        loads(text.replace("unit == A", "unit != 1").replace("unit: A", "unit: 2"))
