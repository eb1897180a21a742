"""An op touches four places: its file, the list, its builder, its test with the drawing. Each names the missing one."""

import re
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import FILES, WORDS, op_class
from calc.ops.base import HeldRole, Op, Parameter, class_name
from calc.ops.base.outside import broken_rules
from calc.shape import Shape, Shapes
from tests.calc.ops.base.test_integers import check_numbers
from tests.strategies import UNBUILT, draw_arguments, import_drawing, input_shapes

import_drawing()

ROOT = Path(__file__).parents[1]


def files_in(folder: str, prefix: str = "") -> set[str]:
    files = (path.stem for path in (ROOT / folder).glob(f"{prefix}*.py"))
    return {stem.removeprefix(prefix) for stem in files if not stem.startswith("__")}


def missing(listed: set[str], found: set[str], place: str) -> list[str]:
    return [f"{word} is listed and has no {place}" for word in sorted(listed - found)] + [
        f"{word} has a {place} and is not listed" for word in sorted(found - listed)
    ]


def test_every_listed_op_has_its_file() -> None:
    assert missing(set(FILES.values()), files_in("calc/ops"), "file in calc/ops") == []


def test_every_class_with_a_word_is_listed() -> None:
    files = sorted(set(FILES.values()))
    assert [line for file in files for line in unlisted(import_module(f"calc.ops.{file}"), file)] == []


def unlisted(module: ModuleType, file: str) -> list[str]:
    """The ops that ``module`` defines and calc/ops/__init__.py does not list under ``file``."""
    ops = [found for found in vars(module).values() if isinstance(found, type) and issubclass(found, Op)]
    own = [op.word for op in ops if op.__module__ == module.__name__ and "word" in vars(op)]
    return [f"{word} is in calc/ops/{file}.py and is not listed" for word in own if FILES.get(word) != file]


def test_a_class_that_is_not_listed_is_named() -> None:
    module = ModuleType("swirls")
    module.Swirl = type("Swirl", (Op,), {"word": "swirl", "__module__": "swirls"})  # type: ignore[attr-defined]  # set here
    assert unlisted(module, "swirls") == ["swirl is in calc/ops/swirls.py and is not listed"]


def test_every_op_can_be_built() -> None:
    helpers = {"initialise", "network"}
    assert (
        missing(set(FILES.values()) - set(UNBUILT), files_in("verify/build") - helpers, "builder in verify/build") == []
    )


def test_every_op_has_a_test() -> None:
    assert missing(set(FILES.values()), files_in("tests/calc/ops", "test_"), "test in tests/calc/ops") == []


class EveryFieldSeenError(Exception):
    """Ends the drawing of an op."""


def never_drawn(op: type[Op], draw_layer: Callable[[st.DrawFn], dict[str, Any] | None]) -> list[str]:
    """The fields of ``op`` that ``draw_layer``, asked 1,000 times at most, leaves at one value, and ``any layer``.

    It is asked ten times in an example, since to begin one takes longer than to draw a layer.
    """
    seen: dict[str, set[Any]] = {
        name: set() if field.required else {field.default} for name, field in op.fields().items()
    }
    layers = 0

    @st.composite
    def ten_layers(draw: st.DrawFn) -> list[dict[str, Any]]:
        drawn = [draw_layer(draw) for _ in range(10)]
        return [values for values in drawn if values is not None]

    @settings(max_examples=100, derandomize=True, database=None, phases=[Phase.generate])
    @given(ten_layers())
    def draw(found: list[dict[str, Any]]) -> None:
        nonlocal layers
        layers += len(found)
        for values in found:
            for name, value in values.items():
                seen[name].add(value)
        if layers and all(len(values) > 1 for values in seen.values()):
            raise EveryFieldSeenError

    with suppress(EveryFieldSeenError):
        draw()
    return [name for name, values in seen.items() if len(values) < 2] if layers else ["any layer"]


def test_the_test_of_a_family_names_every_op_of_it() -> None:
    tests = {word: ROOT / f"tests/calc/ops/test_{FILES[word]}.py" for word in WORDS}
    untested = [f"{test.name} has no test of {word}" for word, test in tests.items() if not names(text_of(test), word)]
    assert untested == []


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def names(test: str, word: str) -> bool:
    """Whether ``test`` has ``word`` or its class among its words."""
    return re.search(rf"\b({word}|{class_name(word)})\b", test) is not None


def test_a_word_that_no_test_has_is_seen() -> None:
    assert names('WORDS = ["relu6"]', "relu6")
    assert names("ConvTranspose2d(out_channels=3)", "conv_transpose2d")
    assert not names('WORDS = ["relu6"]', "relu")


@pytest.mark.parametrize("word", WORDS)
def test_every_op_is_drawn_with_several_values_of_every_field_says_what_its_tensors_are_and_counts_in_integers(
    word: str,
) -> None:
    def layer(draw: st.DrawFn) -> dict[str, Any] | None:
        x = draw(input_shapes())
        drawn = draw_arguments(draw, word, x)
        if drawn is None:
            return None
        op = op_class(word)(**{name: tuples(value) for name, value in drawn.arguments.items()})
        assert set(roles(op, (x, *drawn.others))) <= set(get_args(HeldRole))
        check_numbers(op, (x, *drawn.others))
        return op.values()

    assert never_drawn(op_class(word), layer) == []


def roles(op: Op, inputs: Shapes) -> list[str]:
    """What each parameter of ``op`` is. Raises OpError for one that it says nothing of."""
    weights = {product.weight for product in op.macs(inputs, op.output_shape(inputs))}
    return [op.role_of(name) for name in op.parameters(inputs) if Parameter(name) not in weights]


def test_a_tensor_of_which_an_op_says_nothing_is_named() -> None:
    op = op_class("linear")(out_features=3)
    assert roles(op, (Shape((4,), -1),)) == ["bias"]
    op = type("Swirl", (op_class("relu"),), {"word": "swirl", "parameters": lambda self, inputs: {"slope": (1,)}})()
    with pytest.raises(OpError, match="swirl does not say what its tensor slope is used for"):
        roles(op, (Shape((4,), -1),))


def tuples(value: Any) -> Any:
    return tuple(map(tuples, value)) if isinstance(value, list) else value


def test_a_field_that_is_not_drawn_is_named() -> None:
    op = op_class("leaky_relu")
    assert never_drawn(op, lambda draw: op(negative_slope=0.01).values()) == ["negative_slope"]
    assert never_drawn(op, lambda draw: None) == ["any layer"]


def test_a_gap_is_named() -> None:
    assert missing({"conv9d"}, {"relu"}, "builder") == [
        "conv9d is listed and has no builder",
        "relu has a builder and is not listed",
    ]


def test_the_list_is_in_order() -> None:
    assert list(WORDS) == sorted(WORDS)


def test_the_class_of_a_word_is_whole() -> None:
    found = {word: op_class(word) for word in WORDS}
    assert {word: op.__name__ for word, op in found.items()} == {word: class_name(word) for word in WORDS}
    assert [line for word, op in found.items() for line in broken_rules(op, word)] == []
