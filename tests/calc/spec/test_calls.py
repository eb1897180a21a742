"""Arguments of a call, put into the scope of its block."""

from calc.frozen import FrozenDict
from calc.spec import loads
from calc.spec.budget import WorkBudget
from calc.spec.calls import bind
from calc.spec.model import BlockSite
from calc.spec.values import Scope
from tests.calc.spec.test_values import compiled

SPEC = "name: net\ninput: [3]\nblocks: {B: {params: {p: , q: 2}, layers: [{linear: p * q}]}}\nlayers: [{B: 1}]\n"


def test_a_list_that_a_block_is_given_is_paid_for_value_by_value() -> None:
    block = loads(SPEC).blocks["B"]
    budgets = [WorkBudget(max_layers=1), WorkBudget(max_layers=1)]
    for budget, given in zip(budgets, (7, (7, (7, 7))), strict=True):
        scope = Scope.of_words(frozenset(), budget)
        scope["x"] = given
        bound = scope.inner()
        bind(BlockSite(block, FrozenDict(p=compiled("x"))), bound, scope)
        assert (bound["p"], bound["q"]) == (given, 2)
    assert budgets[0].values - budgets[1].values == 4  # 7, the list, and what is in it
