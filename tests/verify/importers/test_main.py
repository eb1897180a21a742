import pytest

from calc.errors import Problem, SpecError
from verify.importers import imported, main


def test_a_network_of_torchvision_that_cannot_be_imported_is_pointed_to_its_spec(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SpecError([Problem("here", "calc has no op for it")])

    monkeypatch.setattr(main, "lowered", refuse)
    with pytest.raises(SpecError) as caught:
        imported("torchvision/alexnet", (3, 64, 64))
    assert [problem.fact for problem in caught.value.problems] == ["calc has no op for it", "calc has a spec of it"]
    assert caught.value.problems[1].hint == "calc run alexnet"
