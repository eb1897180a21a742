import os

import pytest

from verify.importers.room import fits


def test_two_networks_take_at_most_half_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__, raising=False)
    assert fits(1000 * 4096 // 2 // 20)
    assert not fits(1000 * 4096 // 2 // 20 + 1)


def test_where_the_system_does_not_say_they_are_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> int:
        raise ValueError(name)

    monkeypatch.setattr(os, "sysconf", refuse, raising=False)
    assert fits(10**18)
