"""What every op is: an immutable value with the three rules."""

import pytest

from calc.errors import OpError
from calc.ops import op_class
from calc.ops.base import Input, Op, Parameter, class_name
from calc.ops.base.fields import Boolean, FieldError, Positive
from calc.shape import Shape


class Thing(Op):
    word = "thing"
    no_macs = "it is a test"

    size: Positive
    wide: Boolean = False


class Other(Op):
    word = "other"

    size: Positive
    wide: Boolean = False


def test_equal_where_class_and_fields_are() -> None:
    assert Thing(size=3) == Thing(size=3, wide=False)
    assert hash(Thing(size=3)) == hash(Thing(size=3, wide=False))
    assert Thing(size=3) != Thing(size=4)
    assert Thing(size=3) != Other(size=3)
    assert Thing(size=3) != "Thing(size=3, wide=False)"
    assert len({hash(op) for op in (Thing(size=3), Thing(size=4), Other(size=3))}) == 3


def test_in_words() -> None:
    assert repr(Thing(size=3)) == "Thing(size=3, wide=False)"


def test_values_are_a_copy() -> None:
    op = Thing(size=3)
    values = op.values()
    assert values == {"size": 3, "wide": False}
    values["size"] = 4
    assert op.size == 3


def test_it_does_not_change() -> None:
    with pytest.raises(AttributeError, match=r"^Thing is immutable$"):
        Thing(size=3).size = 4  # type: ignore[misc]  # what is tested


def test_the_first_field_comes_first() -> None:
    assert list(Thing.fields()) == ["size", "wide"]
    assert Thing.fields()["size"].required
    assert not Thing.fields()["wide"].required


def test_every_bad_key_is_named() -> None:
    with pytest.raises(FieldError) as caught:
        Thing(size=0, wode=1)
    assert caught.value.fact == "size=0: must be a positive integer; unknown key wode"
    assert [problem.key for problem in caught.value.problems] == ["size", "wode"]
    assert [str(problem.hint) for problem in caught.value.problems] == ["", "did you mean wide?"]


def test_without_rules_of_its_own() -> None:
    x = Shape((4, 2), -1)
    op = Thing(size=3)
    assert op.parameters((x,)) == op.buffers((x,)) == op.elementwise((x,), x) == {}
    assert op.macs((x,), x) == ()
    assert op.kind((x,)) == "thing"
    with pytest.raises(NotImplementedError):
        op.output_shape((x,))
    with pytest.raises(NotImplementedError, match=r"^other states neither its MACs nor why it has none$"):
        Other(size=3).macs((x,), x)


def test_a_tensor_is_a_bias_where_it_is_called_one() -> None:
    op = Thing(size=3)
    assert [op.role_of(name) for name in ("bias", "in_proj_bias", "cell.bias_hh_l0")] == ["bias"] * 3
    for name, shown in (
        ("weight", "weight"),
        ("bias.weight", "bias.weight"),
        ("unbiased", "unbiased"),
        ("", "of its own name"),
    ):
        with pytest.raises(OpError) as caught:
            op.role_of(name)
        assert (caught.value.fact, caught.value.hint) == (
            f"thing does not say what its tensor {shown} is used for",
            "override role_of",
        )


def test_an_op_that_says_nothing_else_lies_in_order_and_takes_one_sample() -> None:
    op, x = Thing(size=3), Shape((4, 2), -1)
    assert op.own_strides(x, (1, 4)) == (2, 1)
    assert (op.refuses_one_sample((x,)), op.in_place((x,)), op.view_strides((4, 2), (2, 1), (8,))) == ("", "no", (1,))


@pytest.mark.parametrize("word", ["add", "exp", "frozen_batch_norm", "layer_scale", "relu", "where"])
def test_what_works_element_by_element_may_write_over_what_it_reads(word: str) -> None:
    assert op_class(word)().in_place(()) == "elements"


def test_one_value_or_one_an_axis() -> None:
    conv = op_class("conv2d")(out_channels=1, kernel_size=3, stride=(2, 1))
    assert conv.per_axis("kernel_size", 2) == (3, 3)
    assert conv.per_axis("stride", 2) == (2, 1)
    with pytest.raises(OpError, match=r"^stride has 2 values for 3 spatial axes$"):
        conv.per_axis("stride", 3)


@pytest.mark.parametrize("word, name", [("relu", "Relu"), ("batch_norm", "BatchNorm"), ("conv2d", "Conv2d")])
def test_a_class_is_named_by_its_word(word: str, name: str) -> None:
    assert class_name(word) == name


@pytest.mark.parametrize(
    "word, arguments, name, role",
    [
        ("prelu", {}, "weight", "norm"),
        ("layer_scale", {}, "weight", "norm"),
        ("class_token", {}, "weight", "embedding"),
        ("position_embedding", {}, "weight", "embedding"),
        ("window_attention", {"num_heads": 1, "window_size": 2}, "relative_position_bias_table", "embedding"),
        ("window_attention", {"num_heads": 1, "window_size": 2}, "qkv.bias", "bias"),
        ("window_attention", {"num_heads": 1, "window_size": 2, "cosine": True}, "logit_scale", "norm"),
    ],
)
def test_what_an_op_says_of_tensors_that_no_product_has(
    word: str, arguments: dict[str, object], name: str, role: str
) -> None:
    assert op_class(word)(**arguments).role_of(name) == role


def test_an_op_that_nobody_has() -> None:
    with pytest.raises(OpError) as caught:
        op_class("nonesuch")
    assert (caught.value.fact, caught.value.hint) == ("unknown op 'nonesuch'", "")


def test_operands_in_words() -> None:
    assert [str(Input(0)), str(Parameter("weight"))] == ["input 0", "weight"]
