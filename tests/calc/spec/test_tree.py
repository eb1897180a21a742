"""Mappings of YAML: their keys with places, and what is left without one."""

from calc.errors import Place
from calc.spec.source import parse
from calc.spec.tree import Mapping, Scalar, plain


def mapping() -> Mapping:
    found = parse("a: 1\n'b': {x: 2}\nc: 3\n", "file.yaml")
    assert isinstance(found, Mapping)
    return found


def test_keys_are_as_they_are_written() -> None:
    a, b, c = mapping().keys().values()
    assert list(mapping().keys()) == ["a", "b", "c"]
    assert (a, c) == (Scalar("file.yaml", 0, 0, "a", "a", False), Scalar("file.yaml", 2, 0, "c", "c", False))
    assert b == Scalar("file.yaml", 1, 0, "b", "b", True)
    assert [mapping().key(name) for name in "abc"] == [a, b, c]
    assert mapping().key("b").quoted is True


def test_without_an_entry_the_others_keep_their_places() -> None:
    for name in "abc":
        less = mapping().without(name)
        others = [each for each in "abc" if each != name]
        assert list(less.entries) == others
        assert [less.key(each) for each in others] == [mapping().key(each) for each in others]
        assert (less.place, less.flow, less.written) == (Place("file.yaml", 1, 1), False, mapping().written)
    assert plain(mapping().without("a")) == {"b": {"x": 2}, "c": 3}
