"""An op touches four places: its file, the list, its builder, its test with the drawing. Each names the missing one."""

from importlib import import_module
from pathlib import Path

import pytest

from calc.ops import FILES, WORDS, op_class
from calc.ops.base import Op, class_name

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


def test_every_op_can_be_built() -> None:
    helpers = {"initialise", "network"}
    assert missing(set(FILES.values()), files_in("verify/build") - helpers, "builder in verify/build") == []


def test_every_op_has_a_test() -> None:
    assert missing(set(FILES.values()), files_in("tests/calc/ops", "test_"), "test in tests/calc/ops") == []


@pytest.mark.parametrize("word", WORDS)
def test_every_op_is_drawn(word: str) -> None:
    assert callable(getattr(import_module(f"tests.calc.ops.test_{FILES[word]}"), "draw_arguments", None))


def test_a_gap_is_named() -> None:
    assert missing({"conv9d"}, {"relu"}, "builder") == [
        "conv9d is listed and has no builder",
        "relu has a builder and is not listed",
    ]


def test_the_list_is_in_order() -> None:
    assert list(WORDS) == sorted(WORDS)


@pytest.mark.parametrize("word", WORDS)
def test_class_is_named_by_its_word(word: str) -> None:
    found = op_class(word)
    assert found.word == word
    assert found.__name__ == class_name(word)
    assert found.__doc__


@pytest.mark.parametrize("word", WORDS)
def test_macs_or_a_written_reason(word: str) -> None:
    found = op_class(word)
    counts = found.macs is not Op.macs
    assert counts != bool(found.no_macs), f"{word} needs a macs rule or a reason in no_macs, one of them"
    assert not counts or found.formula, f"{word} needs its formula in words"
