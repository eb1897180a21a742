"""What YAML may write into a field, type by type, and what is said about anything else."""

from runpy import run_path
from typing import Annotated, Any, Literal

import pytest

from calc.ops.base import fields as module
from calc.ops.base.fields import Boolean, FieldError, Integer, Number, Positive, fields_of, or_null, rule_of, show
from calc.recorded import RecordedValue

INT, LONG = 2**31 - 1, [1] * 65
ACCEPTED: dict[str, list[Any]] = {
    "Integer": [0, -INT, INT],
    "Positive": [1, INT],
    "Natural": [0, INT],
    "Number": [0.5, -1, 3],
    "Boolean": [True, False],
    "Integers": [[0], [-1, 2, 3]],
    "Indices": [[0], [-1, 2, 3], LONG],
    "Equation": ["bij,bjk->bik", ""],
    "IntegerOrIntegers": [-1, [0, -1, 2]],
    "Sizes": [[1], [1, 2, 3]],
    "PositivePerAxis": [1, [1], [3, 2, 1]],
    "NaturalPerAxis": [0, [0], [2, 1, 0]],
    "NumberPerAxis": [0.5, 2, [0.5, 2, 1]],
    "Padding": [0, [0], [1, 2, 3], [[0, 1], 2], [[1, 0], [0, 1]]],
    "PaddingOrWord": [0, "same", "valid", [1, 2], [[0, 1], 2]],
    "OptionalInteger": [None, -1],
    "OptionalPositive": [None, 1],
    "OptionalNumber": [None, 0.5],
    "OptionalBoolean": [None, True],
    "OptionalPositivePerAxis": [None, 1, [1, 2]],
    "OptionalPositiveEachAxis": [None, 1, [1, None]],
    "Channels": [None, 0, -1, "first", "last"],
    "InputSizes": [[], [1], [1, 2, 3]],
    "SizesOrNone": [[], [1], [1, 2, 3]],
    "Words": ["a", "no rule for it", "é"],
    "OptionalTensorList": [None, "none", "a=1", "a.b=1x2:buffer c=scalar"],
}
REFUSED: dict[str, list[Any]] = {
    "Integer": [0.0, True, "1", None, [1], INT + 1, -INT - 1],
    "Positive": [0, 1.0, True, None],
    "Natural": [-1, 0.0, None],
    "Number": [float("inf"), float("nan"), True, "1", None],
    "Boolean": [0, 1, "true", None],
    "Integers": [1, [], [0.5], LONG, None],
    "Indices": [1, [], [0.5], [1] * 100_001, None],
    "Equation": [1, True, None, ["bi"], "b" * 201],
    "IntegerOrIntegers": [0.5, [], [[1]], LONG],
    "Sizes": [1, [], [0], LONG],
    "PositivePerAxis": [0, [], [1, 0], LONG, None],
    "NaturalPerAxis": [-1, [], [0, -1], LONG],
    "NumberPerAxis": ["a", [], ["a"], LONG],
    "Padding": ["same", -1, [], [[1]], [[1, 2, 3]], [[0, -1]], LONG],
    "PaddingOrWord": ["other", -1, [], [[1]], LONG],
    "OptionalInteger": ["", 0.5],
    "OptionalPositive": [0, [1]],
    "OptionalNumber": ["", [1]],
    "OptionalBoolean": [0, "null"],
    "OptionalPositivePerAxis": [0, [], [None], LONG],
    "OptionalPositiveEachAxis": [0, [], [0], LONG],
    "Channels": ["middle", 0.5, [1]],
    "InputSizes": [1, [0], LONG, None],
    "SizesOrNone": [1, [0], LONG, None],
    "Words": ["", "5", 5, None, ["a"], "a" * 501],
    "OptionalTensorList": ["", "a", "a=0", "a=1 none", "a=1  b=2", 1, ["a=1"]],
}


@pytest.fixture
def fresh() -> dict[str, Any]:
    """The module's names, from a run of its own: the types are built where it is imported, before any test."""
    return run_path(module.__file__, run_name=module.__name__)


def reads(fresh: dict[str, Any], annotation: Any, value: Any) -> bool:
    """Whether a field of type ``annotation`` takes ``value`` as it is."""
    field = fresh["Field"]("given", fresh["rule_of"](annotation), 0)
    validator = fresh["SchemaValidator"](fresh["core_schema"]({"given": field}))
    try:
        found = fresh["validate"](validator, {"given": field}, {"given": value})["given"]
    except fresh["FieldError"]:
        return False
    assert found == tuples(value)
    assert type(found) in (type(tuples(value)), float)
    return True


def tuples(value: Any) -> Any:
    return tuple(map(tuples, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts(fresh: dict[str, Any], name: str) -> None:
    assert [value for value in ACCEPTED[name] if not reads(fresh, fresh[name], value)] == []


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(fresh: dict[str, Any], name: str) -> None:
    assert [value for value in REFUSED[name] if reads(fresh, fresh[name], value)] == []


def test_every_type_is_here(fresh: dict[str, Any]) -> None:
    rule = fresh["Rule"]
    types = {name for name, found in fresh.items() if isinstance(getattr(found, "__metadata__", (None,))[0], rule)}
    assert types == set(ACCEPTED) == set(REFUSED)


def test_what_is_wanted_in_words(fresh: dict[str, Any]) -> None:
    assert fresh["rule_of"](fresh["OptionalPositive"]).wants == "a positive integer, or null"
    assert fresh["rule_of"](fresh["Channels"]).words == ("first", "last")
    literal = rule_of(Literal["first", "last"])
    assert literal.wants == "first or last"
    assert literal.words == ("first", "last")
    assert or_null(Literal["a"]).words == ("a",)
    assert or_null(Annotated[int, literal]).wants == "first or last, or null"


class Declared:
    plain: Integer
    given: Number = 0.5


class Below(Declared):
    own: Positive
    flag: Boolean = True


def test_fields_of_a_class_come_after_those_of_its_bases() -> None:
    found = fields_of(Below)
    assert [(field.name, field.required) for field in found.values()] == [
        ("plain", True),
        ("given", False),
        ("own", True),
        ("flag", False),
    ]
    assert list(found) == ["plain", "given", "own", "flag"]
    assert found["given"].default == 0.5
    assert found["own"].rule.wants == "a positive integer"


@pytest.mark.parametrize(
    "value, fact, hint",
    [
        (2.0, "count=2.0: must be a positive integer", "write 2, or // or int() in an expression"),
        (2.5, "count=2.5: must be a positive integer", ""),
        ("x", "count='x': must be a positive integer", ""),
        (2**31, "count=2147483648: must be at most 2147483647", ""),
        (0, "count=0: must be a positive integer", ""),
        ((1,) * 65, "count=[" + "1, " * 18 + "1,…: 65 values, but at most 64 are allowed", ""),
        ((1,) * 64, "count=[" + "1, " * 18 + "1,…: must be a positive integer", ""),
    ],
)
def test_a_problem_in_words(fresh: dict[str, Any], value: Any, fact: str, hint: str) -> None:
    fields = {"count": fresh["Field"]("count", fresh["rule_of"](fresh["Positive"]), fresh["PydanticUndefined"])}
    validator = fresh["SchemaValidator"](fresh["core_schema"](fields))
    with pytest.raises(fresh["FieldError"]) as caught:
        fresh["validate"](validator, fields, {"count": value})
    assert str(caught.value) == fact
    assert [tuple(problem) for problem in caught.value.problems] == [("count", fact, hint)]
    with pytest.raises(fresh["FieldError"], match=r"^needs count: a positive integer$"):
        fresh["validate"](validator, fields, {})


class Recorded(RecordedValue):
    """A number that knows whether it was asked for its value, and in which range it was said to be."""

    def __init__(self, plain: float) -> None:
        self.plain = plain
        self.asked = False
        self.bounds: list[float] = []

    @property
    def value(self) -> float:
        return self.plain

    def fixed(self) -> float:
        self.asked = True
        return self.plain

    def __ge__(self, low: float) -> bool:
        self.bounds.append(low)
        return self.plain >= low

    def __le__(self, high: float) -> bool:
        self.bounds.append(high)
        return self.plain <= high


ONE, TWO, HALF = Recorded(1), Recorded(2), Recorded(0.5)


@pytest.mark.parametrize(
    "name, value, bounds",
    [
        ("Integer", ONE, [-INT, INT]),
        ("Positive", ONE, [1, INT]),
        ("OptionalPositive", ONE, [1, INT]),
        ("Number", HALF, []),
        ("Sizes", (ONE, 3, TWO), [1, INT]),
        ("PositivePerAxis", TWO, [1, INT]),
        ("PositivePerAxis", (2, TWO), [1, INT]),
        ("NumberPerAxis", HALF, []),
        ("Padding", (ONE, (0, TWO)), [0, INT]),
        ("OptionalPositiveEachAxis", (None, ONE), [1, INT]),
        ("Channels", ONE, [-INT, INT]),
    ],
)
def test_a_number_that_is_recorded_stays_so_and_in_its_range(name: str, value: Any, bounds: list[int]) -> None:
    for number in (ONE, TWO, HALF):
        number.bounds.clear()
    fields = {
        "given": module.Field("given", rule_of(getattr(module, name)), 0),
        "more": module.Field("more", rule_of(Integer), 7),
    }
    validator = module.SchemaValidator(module.core_schema(fields))
    found = module.validate(validator, fields, {"given": value})
    assert found == {"given": value, "more": 7}
    assert not any(number.asked for number in (ONE, TWO, HALF))
    assert all(number.bounds in ([], bounds) for number in (ONE, TWO, HALF))
    assert any(number.bounds for number in (ONE, TWO, HALF)) == bool(bounds)


def test_an_integer_that_is_recorded_is_asked_where_a_number_with_a_fraction_is_taken() -> None:
    number = Recorded(3)
    fields = {"given": module.Field("given", rule_of(Number), 0)}
    validator = module.SchemaValidator(module.core_schema(fields))
    assert module.validate(validator, fields, {"given": number}) == {"given": 3}
    assert number.asked
    fields = {"given": module.Field("given", rule_of(Positive), 1)}
    validator = module.SchemaValidator(module.core_schema(fields))
    with pytest.raises(FieldError, match=r"^given=0: must be a positive integer$"):
        module.validate(validator, fields, {"given": Recorded(0)})


def test_several_problems_are_one_line() -> None:
    problems = [module.FieldProblem("a", "one"), module.FieldProblem("b", "two", "mend it")]
    error = FieldError(problems)
    assert error.fact == "one; two"
    assert error.problems == problems


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        ("a", "'a'"),
        ([1, [2, None]], "[1, [2, null]]"),
        ((1, "b"), "[1, 'b']"),
        ("x" * 58, "'" + "x" * 58 + "'"),
        ("x" * 59, "'" + "x" * 56 + "…"),
    ],
)
def test_values_as_yaml_writes_them(value: object, text: str) -> None:
    assert show(value) == text
