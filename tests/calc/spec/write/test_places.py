"""Chains next to each other: what stands in one place."""

import pytest

from calc.spec.write.hierarchy import NamedChain, NamedLayer
from calc.spec.write.places import Differs, Repeated, agreed, in_places, is_numbered, together
from calc.spec.write.residuals import Summed


def layers(text: str) -> tuple[NamedLayer | Summed, ...]:
    """A layer a word; one in brackets is in a residual."""
    words = text.split()
    items = [NamedLayer(word.strip("()"), at) for at, word in enumerate(words)]
    inside = tuple([item for item, word in zip(items, words, strict=True) if "(" in word])
    if not inside:
        return tuple(items)
    at = items.index(inside[0])
    return (*items[:at], Summed("add", 9, inside, ()), *items[at + len(inside) :])


def places(*chains: str, numbered: bool = False) -> list[str]:
    """Each place as the keys there, - where a chain has none."""
    found = in_places(dict(enumerate(map(layers, chains))), lambda item: item.key, numbered=numbered)
    return ["".join(column[at].key if at in column else "-" for at, _ in enumerate(chains)) for column in found]


@pytest.mark.parametrize(
    ("chains", "found"),
    [
        (["a b", "a b"], ["aa", "bb"]),
        (["a b c", "a c"], ["aa", "b-", "cc"]),
        (["a c", "a b c"], ["aa", "-b", "cc"]),
        (["a b x", "a c x"], ["aa", "-c", "b-", "xx"]),
        (["(a) (b) c", "a b c"], ["addadd", "cc"]),  # nothing is added there
        (["x (a) (b) c", "x a b c"], ["xx", "addadd", "cc"]),
        (["a", ""], ["a-"]),
    ],
)
def test_named_members_are_found_by_their_keys(chains: list[str], found: list[str]) -> None:
    assert places(*chains) == found


@pytest.mark.parametrize(
    ("chains", "found"),
    [
        (["a a b c", "a b c"], ["a-", "aa", "bb", "cc"]),  # what is lacking is lacking in front
        (["a b a", "a"], ["a-", "b-", "aa"]),
        (["(a) (b) c", "a b c"], ["addadd", "cc"]),
    ],
)
def test_members_of_lists_are_found_by_their_kind(chains: list[str], found: list[str]) -> None:
    assert places(*chains, numbered=True) == found


@pytest.mark.parametrize(
    ("chains", "numbered"),
    [
        (["a b", "b a"], False),  # another order
        (["a", "b"], False),  # nothing in common
        (["a b c d e f", "a"], False),  # little
        (["a b", "c"], True),
        (["(a) (b) c", "c"], True),
        (["(a) (b) c", "a b add c"], False),  # which adds something else
    ],
)
def test_what_is_not_one(chains: list[str], numbered: bool) -> None:  # a parameter of the test
    with pytest.raises(Differs):
        places(*chains, numbered=numbered)


@pytest.mark.parametrize(
    ("keys", "numbered", "found"),
    [
        ("a1 a2 b3 b5", False, ["a1 a2", "b3", "b5"]),  # those that count, from any number
        ("a1 a3", False, ["a1", "a3"]),
        ("a09 a10", False, ["a09", "a10"]),  # a0 and a1 are other names
        ("0 1", False, ["0", "1"]),  # numbers alone are no name
        ("0 1", True, ["0 1"]),
        ("a b", True, ["a b"]),
        ("a1 x2 a3", False, ["a1", "x2", "a3"]),
    ],
)
def test_chains_of_one_block_in_a_row_are_one_where_their_names_count(
    keys: str, numbered: bool, found: list[str]
) -> None:
    chains = [NamedChain(key, key, at, at + 1, (), None, at, False) for at, key in enumerate(keys.split())]
    places = together(chains, lambda item: "Block", numbered=numbered)
    said = [" ".join(call.key for call in each.calls) if isinstance(each, Repeated) else each.key for each in places]
    assert said == found
    assert [each.key for each in together(chains, lambda item: "", numbered=True)] == keys.split()


def test_numbers_are_counted_through_residuals() -> None:
    assert is_numbered(layers("0 (1) (2) 3"))
    assert not is_numbered(layers("0 (2) 1"))
    assert agreed([2, 2]) == 2
    with pytest.raises(Differs):
        agreed([2, 3])
