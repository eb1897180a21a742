"""Defines the types of an op's fields: the values that YAML may have there, checked by pydantic's core.

The core is used directly for speed. A pydantic model class takes 1.4 ms to build, and the first one imports for 60 ms,
which is most of the time of a whole run. A validator that is built here takes 0.15 ms.
"""

from typing import Annotated, Any, ClassVar, NamedTuple, get_args, get_origin

from pydantic_core import PydanticUndefined, SchemaValidator, ValidationError

from calc.errors import Nearest, OpError, unknown_key
from calc.recorded import fixed, is_recorded, value_of, within

MOST_AXES = 64
"""The largest number of axes in PyTorch, and so the longest list of a field with one value per axis."""
MOST_INDICES = 100_000
"""The longest list that a spec may hold."""
_LARGEST = 2**31 - 1


class Rule(NamedTuple):
    """One field type: pydantic's core schema, the accepted values in words, its literal words, its longest list.

    ``text`` is a pattern. A value that matches it is taken literally and not as an expression.
    """

    schema: dict[str, Any]
    wants: str
    words: tuple[str, ...] = ()
    longest: int = MOST_AXES
    text: str = ""

    @property
    def takes_null(self) -> bool:
        """True if null is a value of the field. For other fields ``{relu: null}`` means that no value is given."""
        return _takes_null(self.schema)


def _takes_null(schema: dict[str, Any]) -> bool:
    return schema["type"] == "nullable" or any(map(_takes_null, schema.get("choices", ())))


def _one_of(*choices: dict[str, Any]) -> dict[str, Any]:
    return {"type": "union", "choices": list(choices)}


def _list_of(item: dict[str, Any], longest: int = MOST_AXES) -> dict[str, Any]:
    return {
        "type": "tuple",
        "items_schema": [item],
        "variadic_item_index": 0,
        "min_length": 1,
        "max_length": longest,
    }


def _words(*words: str) -> dict[str, Any]:
    return {"type": "literal", "expected": list(words)}


_INT = {"type": "int", "strict": True, "ge": -_LARGEST, "le": _LARGEST}
_POSITIVE = {"type": "int", "strict": True, "ge": 1, "le": _LARGEST}
_NATURAL = {"type": "int", "strict": True, "ge": 0, "le": _LARGEST}
_FLOAT = {"type": "float", "strict": True, "allow_inf_nan": False}
_PAIR = {"type": "tuple", "items_schema": [_NATURAL, _NATURAL]}
_AXIS_PADDING = _one_of(_NATURAL, _PAIR)

Integer = Annotated[int, Rule(_INT, "an integer")]
Positive = Annotated[int, Rule(_POSITIVE, "a positive integer")]
Natural = Annotated[int, Rule(_NATURAL, "an integer of at least 0")]
Number = Annotated[float, Rule(_FLOAT, "a number")]
Boolean = Annotated[bool, Rule({"type": "bool", "strict": True}, "true or false")]
Integers = Annotated[tuple[int, ...], Rule(_list_of(_INT), "a list of integers")]
Indices = Annotated[
    tuple[int, ...], Rule(_list_of(_INT, longest=MOST_INDICES), "a list of integers", longest=MOST_INDICES)
]
IntegerOrIntegers = Annotated[
    int | tuple[int, ...], Rule(_one_of(_INT, _list_of(_INT)), "an integer or a list of integers")
]
Sizes = Annotated[tuple[int, ...], Rule(_list_of(_POSITIVE), "a list of positive integers")]
InputSizes = Annotated[tuple[int, ...], Rule(_list_of(_POSITIVE) | {"min_length": 0}, "a list of positive integers")]
SizesOrNone = Annotated[
    tuple[int, ...],
    Rule(_list_of(_POSITIVE) | {"min_length": 0}, "a list of positive integers, empty for a single number"),
]
PositivePerAxis = Annotated[
    int | tuple[int, ...], Rule(_one_of(_POSITIVE, _list_of(_POSITIVE)), "a positive integer, or one per axis")
]
NaturalPerAxis = Annotated[
    int | tuple[int, ...],
    Rule(_one_of(_NATURAL, _list_of(_NATURAL)), "an integer of at least 0, or one per axis"),
]
NumberPerAxis = Annotated[
    float | tuple[float, ...], Rule(_one_of(_FLOAT, _list_of(_FLOAT)), "a number, or one per axis")
]
Equation = Annotated[
    str,
    Rule(
        {"type": "str", "strict": True, "max_length": 200},
        "an equation such as bij,bjk->bik",
        text=r"[^\n]*->[^\n]*|[A-Za-z. ]*,[A-Za-z., ]*",
    ),
]
Words = Annotated[
    str, Rule({"type": "str", "strict": True, "max_length": 500, "pattern": r"\p{L}"}, "words", text=r"[\s\S]*")
]
_TENSOR = r"[A-Za-z0-9_.\-]+=(scalar|[1-9][0-9]{0,8}(x[1-9][0-9]{0,8})*)(:buffer)?"
OptionalTensorList = Annotated[
    str | None,
    Rule(
        {
            "type": "nullable",
            "schema": {
                "type": "str",
                "strict": True,
                "max_length": 100_000,
                "pattern": rf"^(none|{_TENSOR}( {_TENSOR})*)$",
            },
        },
        "none, or names and sizes such as weight=64x3x7x7 mean=64:buffer scale=scalar, or null",
        text=r"none|\S+=[\s\S]*",
    ),
]
AxisPadding = int | tuple[int, int]
Padding = Annotated[
    int | tuple[AxisPadding, ...],
    Rule(
        _one_of(_NATURAL, _list_of(_AXIS_PADDING)),
        "an integer of at least 0, one per axis, or [before, after] per axis",
    ),
]
PaddingOrWord = Annotated[
    int | tuple[AxisPadding, ...] | str,
    Rule(
        _one_of(_NATURAL, _words("same", "valid"), _list_of(_AXIS_PADDING)),
        "an integer of at least 0, one per axis, [before, after] per axis, same or valid",
        ("same", "valid"),
    ),
]


def or_null(annotation: Any) -> Rule:
    """Return the rule of ``annotation`` with null allowed: ``Annotated[int | None, or_null(Integer)]``."""
    rule = rule_of(annotation)
    return Rule({"type": "nullable", "schema": rule.schema}, f"{rule.wants}, or null", rule.words)


def bool_or_word(word: str) -> Rule:
    """Return the rule for true, false and one word."""
    return Rule(_one_of({"type": "bool", "strict": True}, _words(word)), f"true, false or {word}", (word,))


def rule_of(annotation: Any) -> Rule:
    """Return the Rule in an ``Annotated`` field type, or one that is made from the words of a ``Literal``."""
    if get_origin(annotation) is Annotated:
        found: Rule = annotation.__metadata__[0]
        return found
    words = tuple(get_args(annotation))
    return Rule(_words(*words), " or ".join(words), words)


OptionalInteger = Annotated[int | None, or_null(Integer)]
OptionalPositive = Annotated[int | None, or_null(Positive)]
OptionalNumber = Annotated[float | None, or_null(Number)]
OptionalBoolean = Annotated[bool | None, or_null(Boolean)]
OptionalPositivePerAxis = Annotated[int | tuple[int, ...] | None, or_null(PositivePerAxis)]
OptionalPositiveEachAxis = Annotated[
    int | tuple[int | None, ...] | None,
    Rule(
        _one_of(or_null(Positive).schema, _list_of(or_null(Positive).schema)),
        "a positive integer or null, or one per axis",
    ),
]
Channels = Annotated[
    int | str | None,
    Rule(
        {"type": "nullable", "schema": _one_of(_INT, _words("first", "last"))},
        "first, last or a dim (the batch is 0), or null",
        ("first", "last"),
    ),
]


class Field(NamedTuple):
    """One field of an op: its name (the YAML key), rule, and default (PydanticUndefined if required)."""

    name: str
    rule: Rule
    default: Any

    @property
    def required(self) -> bool:
        """True if a spec must give a value."""
        return self.default is PydanticUndefined


def fields_of(cls: type) -> dict[str, Field]:
    """Return the fields that ``cls`` and its bases declare, bases first."""
    found: dict[str, Field] = {}
    for base in reversed(cls.__mro__):
        for name, annotation in getattr(base, "__annotations__", {}).items():
            if get_origin(annotation) is not ClassVar:
                found[name] = Field(name, rule_of(annotation), getattr(cls, name, PydanticUndefined))
    return found


def core_schema(fields: dict[str, Field]) -> dict[str, Any]:
    """Return pydantic's core schema for a mapping of ``fields``. An unknown key is an error."""

    def entry(field: Field) -> dict[str, Any]:
        if field.required:
            return {"type": "typed-dict-field", "schema": field.rule.schema, "required": True}
        schema = {"type": "default", "schema": field.rule.schema, "default": field.default}
        return {"type": "typed-dict-field", "schema": schema, "required": False}

    return {
        "type": "typed-dict",
        "extra_behavior": "forbid",
        "fields": {name: entry(field) for name, field in fields.items()},
    }


class FieldProblem(NamedTuple):
    """A problem with one key."""

    key: str
    fact: str
    hint: str | Nearest = ""


class FieldError(OpError):
    """An error with all keys that are missing or have a wrong value."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("; ".join(problem.fact for problem in problems))
        self.problems = problems


def validate(validator: SchemaValidator, fields: dict[str, Field], values: dict[str, Any]) -> dict[str, Any]:
    """Return ``values``, checked and completed with defaults. Raises FieldError with one problem for each bad key."""
    if any(map(is_recorded, values.values())):  # the core does not know recorded numbers
        try:
            plain = validate(validator, fields, {key: value_of(value) for key, value in values.items()})
        except FieldError:
            fixed(tuple(values.values()))  # the message holds for these values only
            raise
        return plain | {
            key: _kept(fields[key].rule.schema, value) for key, value in values.items() if is_recorded(value)
        }
    try:
        checked: dict[str, Any] = validator.validate_python(values)
    except ValidationError as error:
        keys = dict.fromkeys(str(detail["loc"][0]) for detail in error.errors(include_url=False))
        problems = [_problem(key, fields, values) for key in keys]
        raise FieldError(problems) from None
    return checked


def _kept(schema: dict[str, Any], value: Any) -> Any:
    """Return ``value`` with its recorded numbers if ``schema`` takes integers and they are in range."""
    if not is_recorded(value):
        return value
    if schema["type"] == "nullable":
        return _kept(schema["schema"], value)
    if schema["type"] == "union":
        wanted = "tuple" if type(value) is tuple else "int"
        return _kept(next((each for each in schema["choices"] if each["type"] == wanted), schema["choices"][0]), value)
    if schema["type"] == "tuple" and type(value) is tuple:
        items = schema["items_schema"]
        return tuple([_kept(items[min(at, len(items) - 1)], item) for at, item in enumerate(value)])
    if schema["type"] == "int" and within(value, schema["ge"], schema["le"]):
        return value
    if schema["type"] == "float" and isinstance(value_of(value), float):
        return value
    return fixed(value)


def _problem(key: str, fields: dict[str, Field], values: dict[str, Any]) -> FieldProblem:
    if key not in fields:
        unknown = unknown_key(key, fields)
        return FieldProblem(key, unknown.fact, unknown.hint)
    wants, longest = fields[key].rule.wants, fields[key].rule.longest
    if key not in values:
        return FieldProblem(key, f"needs {key}: {wants}")
    value = values[key]
    if type(value) is tuple and len(value) > longest:
        return FieldProblem(key, f"{key}={show(value)}: {len(value)} values, but at most {longest} are allowed")
    if type(value) is int and value > _LARGEST:
        return FieldProblem(key, f"{key}={show(value)}: must be at most {_LARGEST}")
    hint = (
        f"write {int(value)}, or // or int() in an expression" if type(value) is float and value == value // 1 else ""
    )
    return FieldProblem(key, f"{key}={show(value)}: must be {wants}", hint)


def show(value: object) -> str:
    """Return ``value`` as YAML writes it, shortened if it is long."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        items: list[str] = []
        while len(items) < len(value) and sum(map(len, items)) <= 60:  # the rest would be cut off anyway
            items.append(show(value[len(items)]))
        text = f"[{', '.join(items)}]"
    elif isinstance(value, str):
        text = f"'{value}'"
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"
