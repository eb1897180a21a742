"""Calls of a block in a row: one by one, repeated, or as a table."""

from typing import Any

import pytest

from calc.spec.write.params import BlockParam
from calc.spec.write.runs import BlockCall, in_list, in_mapping
from calc.spec.write.text import EMPTY, Members, Rows

OUT = BlockParam("out", False, None, ())
STRIDE = BlockParam("stride", True, 1, ())


def call(*arguments: Any, block: str = "Unit", params: tuple[BlockParam, ...] = (), **beside: Any) -> BlockCall:
    return BlockCall(block, params or (OUT, STRIDE)[: len(arguments)], arguments, beside)


@pytest.mark.parametrize(
    ("layer", "written"),
    [
        (call(), {"Unit": EMPTY}),
        (call(8), {"Unit": 8}),
        (call(8, 1), {"Unit": 8}),  # a stride of 1 by default
        (call(8, 2), {"Unit": {"out": 8, "stride": 2}}),
        (call(8, True), {"Unit": {"out": 8, "stride": True}}),  # which is no 1
        (call(1, params=(STRIDE,)), {"Unit": EMPTY}),
        (call((2, 3)), {"Unit": {"out": (2, 3)}}),  # a bare list would be that of all arguments
        (call([2, 3]), {"Unit": {"out": [2, 3]}}),
        (call(1, 8, params=(STRIDE, OUT)), {"Unit": {"out": 8}}),  # which is not the first
        (call(8, **{"from": "a"}), {"Unit": 8, "from": "a"}),
    ],
)
def test_a_call(layer: BlockCall, written: dict[str, Any]) -> None:
    assert layer.layer() == written


@pytest.mark.parametrize(
    ("layers", "written"),
    [
        ([], []),
        ([{"relu": EMPTY}, {"add": EMPTY, "from": "a"}], ["relu", {"add": EMPTY, "from": "a"}]),
        ([{"linear": 4}], [{"linear": 4}]),
        ([call()], ["Unit"]),
        ([call(), call()], [{"Unit": EMPTY, "repeat": 2}]),
        ([call(), call(block="Other")], ["Unit", "Other"]),
        ([call(8), call(9)], [{"Unit": 8}, {"Unit": 9}]),  # two rows are as long as a table
        ([call(8), call(9), call(7)], [{"Unit": "out", "for": "out", "over": [8, 9, 7]}]),
        ([call(8), call(8), call(7)], [{"Unit": "out", "repeat": "n", "for": ["out", "n"], "over": [[8, 2], [7, 1]]}]),
        ([call(8, 2), call(9, 2), call(7, 2)],
         [{"Unit": {"out": "out", "stride": 2}, "for": "out", "over": [8, 9, 7]}]),
        ([call(8, 1), call(9, 2), call(7, 2)],
         [{"Unit": {"out": "out", "stride": "stride"}, "for": ["out", "stride"], "over": [[8, 1], [9, 2], [7, 2]]}]),
        ([call(8, "in"), call(9, "in"), call(7, "in")],  # a column out could hide what in reads
         [{"Unit": {"out": each, "stride": "in"}} for each in (8, 9, 7)]),
        ([call(8, **{"from": "a"}), call(8)], [{"Unit": 8, "from": "a"}, {"Unit": 8}]),
        ([call(each, params=(BlockParam("n", False, None, ()),)) for each in (8, 8, 7)],
         [{"Unit": "n", "repeat": "times", "for": ["n", "times"], "over": [[8, 2], [7, 1]]}]),
    ],
)  # fmt: skip
def test_in_a_numbered_chain(layers: list[Any], written: list[Any]) -> None:
    found = in_list([(str(at), layer) for at, layer in enumerate(layers)])
    assert (type(found), found) == (Rows, written)


@pytest.mark.parametrize(
    ("members", "written"),
    [
        ({"a": {"relu": EMPTY}, "b": {"linear": 4}}, {"a": "relu", "b": {"linear": 4}}),
        ({"a1": call(), "a2": call()}, {"a{i + 1}": {"Unit": EMPTY, "repeat": 2}}),
        ({"a0": call(8), "a1": call(8)}, {"a{i}": {"Unit": 8, "repeat": 2}}),
        ({"b": {"relu": EMPTY}, "a9": call(), "a10": call()}, {"b": "relu", "a{i + 9}": {"Unit": EMPTY, "repeat": 2}}),
        ({"a1": call(), "a3": call()}, {"a1": "Unit", "a3": "Unit"}),
        ({"a1": call(), "b2": call()}, {"a1": "Unit", "b2": "Unit"}),
        ({"a01": call(), "a02": call()}, {"a0{i + 1}": {"Unit": EMPTY, "repeat": 2}}),
        ({"a1": call(), "a2": call(block="Other")}, {"a1": "Unit", "a2": "Other"}),
        ({"a1": {"relu": EMPTY}, "a2": {"relu": EMPTY}}, {"a1": "relu", "a2": "relu"}),
        ({"x": call(), "y": call()}, {"x": "Unit", "y": "Unit"}),
        ({"a1": call(8), "a2": call(9)}, {"a1": {"Unit": 8}, "a2": {"Unit": 9}}),
        ({"a1": call(8), "a2": call(9), "a3": call(9)},
         {"a{number}": {"Unit": "out", "for": ["number", "out"], "over": [[1, 8], [2, 9], [3, 9]]}}),
    ],
)  # fmt: skip
def test_in_a_chain_of_names(members: dict[str, Any], written: dict[str, Any]) -> None:
    found = in_mapping(list(members.items()))
    assert (type(found), found, list(found)) == (Members, written, list(written))


def test_a_table_is_laid_out_a_row_a_line() -> None:
    (table,) = in_list([("0", call(8, 1)), ("1", call(9, 2)), ("2", call(7, 1))])
    assert (type(table), type(table["over"])) == (Members, Rows)
    assert list(table) == ["Unit", "for", "over"]
