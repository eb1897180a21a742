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


def run(out: int, times: int) -> Rows:
    return in_list([(str(at), call(out)) for at in range(times)])


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
        ([{"relu": EMPTY}] * 3, [{"relu": EMPTY, "repeat": 3}]),
        ([{"linear": 4}] * 2, [{"linear": 4}] * 2),
        ([{"linear": 5}, *[{"linear": 4}] * 3, "relu"], [{"linear": 5}, {"linear": 4, "repeat": 3}, "relu"]),
        ([{"add": EMPTY, "from": "a"}] * 3, [{"add": EMPTY, "from": "a"}] * 3),  # repeated, each reads the one before
        ([{"again": "a"}] * 3, [{"again": "a"}] * 3),  # it cannot be repeated
        ([call()], ["Unit"]),
        ([call(), call()], [{"Unit": EMPTY, "repeat": 2}]),
        ([call(), call(block="Other")], ["Unit", "Other"]),
        ([call(8), call(9)], [{"Unit": 8}, {"Unit": 9}]),  # two rows are as long as a table
        ([call(8), call(9), call(7)], [{"Unit": "out", "for": "out", "over": [8, 9, 7]}]),
        ([call(8), call(8), call(7)], [{"Unit": 8, "repeat": 2}, {"Unit": 7}]),
        ([call(8), call(8), call(7), call(9)],
         [{"Unit": "out", "repeat": "depth", "for": ["out", "depth"], "over": [[8, 2], [7, 1], [9, 1]]}]),
        ([call(8), call(8), call(7), call(7), call(9), call(9)],
         [{"Unit": "out", "repeat": 2, "for": "out", "over": [8, 7, 9]}]),
        ([call(8, 2), call(8, 1), call(8, 1)],
         [{"Unit": {"out": 8, "stride": "2 if i == 0 else 1"}, "repeat": 3}]),
        ([call(8, 2), call(8, 1), call(7, 1), call(7, 1), call(9, 3)],
         [{"Unit": {"out": "out", "stride": "stride if i == 0 else 1"}, "repeat": "depth",
           "for": ["out", "stride", "depth"], "over": [[8, 2, 2], [7, 1, 2], [9, 3, 1]]}]),
        ([call(8, each) for each in (2, 1, 2, 1)],
         [{"Unit": {"out": 8, "stride": "2 if i % 2 == 0 else 1"}, "repeat": 4}]),
        ([call(8, "out"), call(9, "out"), call(7, "out")],  # a column out would hide what out reads
         [{"Unit": {"out": each, "stride": "out"}} for each in (8, 9, 7)]),
        ([{"relu": EMPTY}, {"tanh": EMPTY}] * 3, [{"splice": ["relu", "tanh"], "repeat": 3}]),
        ([{"relu": EMPTY}, {"tanh": EMPTY}] * 2, ["relu", "tanh", "relu", "tanh"]),
        ([call(8, 2), call(9, 2), call(7, 2)],
         [{"Unit": {"out": "out", "stride": 2}, "for": "out", "over": [8, 9, 7]}]),
        ([call(8, 1), call(9, 2), call(7, 2)],
         [{"Unit": {"out": "out", "stride": "stride"}, "for": ["out", "stride"], "over": [[8, 1], [9, 2], [7, 2]]}]),
        ([call(8, "in"), call(9, "in"), call(7, "in")],
         [{"Unit": {"out": "out", "stride": "in"}, "for": "out", "over": [8, 9, 7]}]),
        ([call(8, **{"from": "a"}), call(8)], [{"Unit": 8, "from": "a"}, {"Unit": 8}]),
        ([call(each, params=(BlockParam("depth", False, None, ()),)) for each in (8, 8, 7, 9)],
         [{"Unit": "depth", "repeat": "times", "for": ["depth", "times"], "over": [[8, 2], [7, 1], [9, 1]]}]),
        ([call(each, params=(BlockParam("i", False, None, ()),)) for each in (8, 9, 7)],  # i counts turns
         [{"Unit": 8}, {"Unit": 9}, {"Unit": 7}]),
        ([run(8, 2), run(9, 2), run(7, 3)],
         [{"chain": [{"Unit": "out", "repeat": "depth"}], "for": ["out", "depth"], "over": [[8, 2], [9, 2], [7, 3]]}]),
        ([call(8, each, params=(OUT, BlockParam("kernel", False, 1, ()))) for each in (3, 1, 1)],  # 1 by no default
         [{"Unit": {"out": 8, "kernel": 3}}, {"Unit": {"out": 8, "kernel": 1}, "repeat": 2}]),
        ([run(8, 2), run(9, 2)], [[{"Unit": 8, "repeat": 2}], [{"Unit": 9, "repeat": 2}]]),
        ([in_list([("0", call(out, **{"from": source}))]) for out, source in ((8, "a"), (9, "b"), (7, "c"))],
         [[{"Unit": out, "from": source}] for out, source in ((8, "a"), (9, "b"), (7, "c"))]),  # of other inputs
        ([run(8, 2)] * 3, [[{"Unit": 8, "repeat": 2}]] * 3),  # nothing to say in a row
    ],
)  # fmt: skip
def test_in_a_numbered_chain(layers: list[Any], written: list[Any]) -> None:
    found = in_list([(str(at), layer) for at, layer in enumerate(layers)])
    assert isinstance(found, Rows)
    assert found == written


def test_chains_of_which_every_second_call_differs_are_no_table() -> None:
    chains = [in_list([(str(at), call(out, stride)) for at, stride in enumerate([2, 1, 2, 1])]) for out in (8, 9, 7)]
    written = [[{"Unit": {"out": out, "stride": "2 if i % 2 == 0 else 1"}, "repeat": 4}] for out in (8, 9, 7)]
    assert in_list([(str(at), chain) for at, chain in enumerate(chains)]) == written
    named = {f"a{at}": chain for at, chain in enumerate(chains)}
    assert in_mapping(list(named.items())) == dict(zip(named, written, strict=True))


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
        ({"a1": call(8), "a2": call(9), "a3": call(9)}, {"a1": {"Unit": 8}, "a{i + 2}": {"Unit": 9, "repeat": 2}}),
        ({"a1": call(8), "a2": call(9), "a3": call(7)},
         {"a{number}": {"Unit": "out", "for": ["number", "out"], "over": [[1, 8], [2, 9], [3, 7]]}}),
        ({"a1": call(8), "a2": call(9), "a3": call(9), "a4": call(7)},
         {"a{number + i}": {"Unit": "out", "repeat": "depth", "for": ["number", "out", "depth"],
                            "over": [[1, 8, 1], [2, 9, 2], [4, 7, 1]]}}),
        ({f"a{at}": run(at, 2) for at in (1, 2, 3)},
         {"a{stage}": {"chain": [{"Unit": "out", "repeat": 2}], "for": ["stage", "out"],
                       "over": [[1, 1], [2, 2], [3, 3]]}}),
        ({f"a{at}": run(at, at) for at in (1, 2)}, {"a1": [{"Unit": 1}], "a2": [{"Unit": 2, "repeat": 2}]}),
    ],
)  # fmt: skip
def test_in_a_chain_of_names(members: dict[str, Any], written: dict[str, Any]) -> None:
    found = in_mapping(list(members.items()))
    assert (type(found), found, list(found)) == (Members, written, list(written))


def test_a_table_is_laid_out_a_row_a_line() -> None:
    (table,) = in_list([("0", call(8, 3)), ("1", call(9, 2)), ("2", call(7, 4))])
    assert (type(table), type(table["over"])) == (Members, Rows)
    assert list(table) == ["Unit", "for", "over"]
