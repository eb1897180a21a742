"""A dict that cannot be changed."""

import copy
import json
import pickle
from operator import delitem, ior, setitem

import pytest

from calc.frozen import FrozenDict


@pytest.mark.parametrize(
    "change, arguments",
    [(setitem, ["weight", 3]), (delitem, ["weight"]), (ior, [{"weight": 3}])],
)
def test_operators_refuse(change, arguments) -> None:
    held = FrozenDict({"weight": 1})
    with pytest.raises(TypeError, match="dict\\(it\\) makes a copy"):
        change(held, *arguments)
    assert held == {"weight": 1}


@pytest.mark.parametrize(
    "name, arguments",
    [("update", [{"weight": 3}]), ("pop", ["weight"]), ("popitem", []), ("clear", []), ("setdefault", ["x", 3])],
)
def test_methods_refuse(name: str, arguments: list) -> None:
    held = FrozenDict({"weight": 1})
    with pytest.raises(TypeError, match="part of a result"):
        getattr(held, name)(*arguments)
    assert held == {"weight": 1}


def test_it_is_a_dict_in_all_else() -> None:
    held = FrozenDict({"weight": 1, "product": 2.5})
    assert json.loads(json.dumps(held)) == held
    for again in (pickle.loads(pickle.dumps(held)), copy.copy(held), copy.deepcopy(held)):
        assert (again, type(again)) == (held, FrozenDict)
    mine = dict(held) | {"weight": 3}
    assert (mine["weight"], held["weight"]) == (3, 1)
