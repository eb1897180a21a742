import difflib
import pickle

import pytest

from calc.errors import MAX_LINE, Nearest, OpError, Place, Problem, SpecError, nearest
from calc.spec import expand, loads


def test_fifty_problems_are_shown_and_one_line_counts_the_rest() -> None:
    for number, last in ((50, "49"), (51, "and 1 more problem"), (3050, "and 3000 more problems")):
        error = SpecError([Problem(None, str(i)) for i in range(number)])
        assert str(error).splitlines() == [*map(str, range(50)), *([last] if number > 50 else [])]
        assert len(error.problems) == number


def test_a_line_of_a_message_has_an_end() -> None:
    long = "x" * 10**6
    lines = str(Problem(None, f"a{long}b", f"c{long}d", notes=(f"e{long}f",))).splitlines()
    assert all(len(line) <= MAX_LINE for line in lines)
    assert [(line.strip()[0], line[-1]) for line in lines] == [("a", "b"), ("e", "f"), ("h", "d")]
    assert all(" … " in line for line in lines)


def test_the_nearest_of_thousands_is_looked_for_among_those_alike_at_an_end() -> None:
    known = [f"param_{i:04}" for i in range(5000)]
    assert "param_0123" in nearest("params_0123", known)


def test_a_hint_that_waits_says_what_nearest_says() -> None:
    known = {"width": 1, "depth": 2}
    assert str(Nearest("widht", known)) == nearest("widht", known) == "did you mean width?"
    assert str(Nearest("widht", known, ["wider"])) == nearest("widht", ["width", "depth", "wider"])
    assert str(Nearest("q", known, listed=(), otherwise="look")) == "look"
    assert str(Problem(None, "fact", Nearest("widht", known))) == "fact\n  hint: did you mean width?"


def test_problems_that_say_the_same_are_one() -> None:
    known = {"width": 1}
    twice = [Problem(Place("f", 1, 1), "fact", Nearest(word, known.keys())) for word in ("a", "a", "b")]
    assert len(dict.fromkeys(twice)) == 2


def test_an_error_with_such_a_hint_goes_to_another_process() -> None:
    found = pickle.loads(pickle.dumps(Nearest("widht", ["width"])))
    assert str(found) == "did you mean width?"
    assert str(OpError("fact", found).hint) == "did you mean width?"


@pytest.mark.parametrize(
    "text",
    [
        "params: {" + ", ".join(f"a{i}: b{i}" for i in range(3000)) + "}\nlayers: [relu]",
        "params: {" + ", ".join(f"a{i}: 1" for i in range(3000)) + "}\nlayers: ["
        + ", ".join(f"{{linear: b{i}}}" for i in range(3000)) + "]",
        "layers: [" + ", ".join(f"relu{i}" for i in range(10, 3000)) + "]",
        "layers: [" + ", ".join(f"Block{i}" for i in range(3000)) + "]",
        "layers: [{linear: {" + ", ".join(f"out_{i}: 1" for i in range(3000)) + "}}]",
        "blocks: {B: {params: {" + ", ".join(f"a{i}: 1" for i in range(3000)) + "}, layers: [relu]}}\n"
        + "layers: [{B: {" + ", ".join(f"b{i}: 1" for i in range(3000)) + "}}]",
        ", ".join(f"k{i}: 1" for i in range(3000)).join(["x: {", "}"]) + "\n"
        + "\n".join(f"key{i}: 1" for i in range(3000)) + "\nlayers: [relu]",
        "layers: [" + ", ".join(f"{{relu: , from: none{i}}}" for i in range(3000)) + "]",
    ],
    ids=["params", "arguments", "ops", "blocks", "fields", "block params", "top", "from"],
)  # fmt: skip
def test_of_thousands_of_unknown_words_only_those_shown_are_compared(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    compared = difflib.get_close_matches

    def counting(word: str, known: list[str], n: int, cutoff: float) -> list[str]:
        nonlocal asked
        asked += 1
        assert len(known) <= 500
        return compared(word, known, n, cutoff)

    monkeypatch.setattr(difflib, "get_close_matches", counting)
    with pytest.raises(SpecError) as error:
        expand(loads(f"name: many\ninput: [3]\n{text}\n"))
    assert str(error.value).splitlines()[-1].startswith("and ")
    assert asked <= 4 * 50
