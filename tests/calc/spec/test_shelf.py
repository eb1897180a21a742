"""The packaged specs are found by name, whichever shelf they stand on."""

from pathlib import Path

import pytest

from calc.cli.specs import spec_names
from calc.errors import SpecError
from calc.spec import load, shelf
from calc.spec.load import find_spec
from calc.spec.shelf import SHELVES, packaged, packaged_specs

SPEC = "name: {}\ninput: [3]\nlayers: [relu]\n"


@pytest.fixture
def shelves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the packaged one: on the first shelf a and both, on the second more_of_it and both."""
    for file in ("a", "both", "more/more_of_it", "more/both", "families/base"):
        path = tmp_path / f"{file}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(SPEC.format(file))
    monkeypatch.setattr(shelf, "packaged_specs", lambda: tmp_path)
    return tmp_path


def test_the_second_shelf_is_found_by_name(shelves: Path) -> None:
    assert [find_spec(name) for name in ("more_of_it", "MoreOfIt")] == [str(shelves / "more/more_of_it.yaml")] * 2
    assert load("more_of_it").name == "more/more_of_it"


@pytest.mark.usefixtures("shelves")
def test_the_first_shelf_that_has_a_name_has_it() -> None:
    assert load("both").name == "both"


@pytest.mark.usefixtures("shelves")
def test_every_shelf_is_listed_and_nothing_else() -> None:
    assert spec_names() == ["a", "both", "more_of_it"]


def test_no_name_stands_on_two_shelves() -> None:
    files = [path for folder in SHELVES for path in (packaged_specs() / folder).glob("*.yaml")]
    assert len({path.stem.lower() for path in files}) == len(files) == len(packaged())


@pytest.mark.parametrize("name", ["regnet_x_1_6gf", "regnet-x-1-6gf", "RegNet_X-1_6GF"])
def test_underscores_that_tell_two_networks_apart_are_heeded(name: str) -> None:
    assert find_spec(name) == str(packaged_specs() / "regnet_x_1_6gf.yaml")
    with pytest.raises(SpecError, match="neither a file nor a packaged spec"):
        find_spec("regnetx16gf")


def test_text_without_a_file_is_no_packaged_spec_wherever_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(packaged_specs())
    assert [shelf.is_packaged(file) for file in ("<text>", "<stdin>", "mobilenetv2.yaml")] == [False, False, True]
