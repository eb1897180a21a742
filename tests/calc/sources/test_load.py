"""A source is loaded as the spec that it becomes."""

from pathlib import Path

import pytest

from calc import analyse, load
from calc.errors import OpError, SpecError
from calc.spec import loads
from tests.calc.sources.stand_in import MACS, NET_OF_LIBRARY, VERSIONS

pytestmark = pytest.mark.usefixtures("folder", "imports")


def test_the_network_of_a_callable() -> None:
    model = load("net.py:make_net")
    assert analyse(model).totals.macs == MACS
    assert (model.file, model.provenance.versions) == ("net.py:make_net", VERSIONS)


def test_a_source_is_imported_at_the_sizes_that_are_asked_for() -> None:
    sizes = (3, 10, 10)
    analysis = analyse(load("net.py:make_net", sizes), input=sizes)
    assert analysis.totals.macs == 4 * 3 * 9 * 8 * 8 + 4 * 8 * 8 * 10
    assert analysis.to_json_dict()["versions"] == VERSIONS


def test_sizes_say_nothing_of_a_spec() -> None:
    Path("net.yaml").write_text(NET_OF_LIBRARY)
    model = load("net.yaml", (3, 10, 10))
    assert model == loads(NET_OF_LIBRARY)
    assert model.provenance.versions == {}
    assert "versions" not in analyse(model).to_json_dict()


@pytest.mark.parametrize(
    ("library", "text", "hint"),
    [
        ("torch", "net.py:make_net", "macbits[verify]"),
        ("torch", "net.pt2", "macbits[verify]"),
        ("torchvision", "torchvision/resnet18", "macbits[verify]"),
        ("timm", "timm/resnet18", "pip install timm"),
    ],
)
def test_a_library_that_is_not_installed(monkeypatch, library: str, text: str, hint: str) -> None:
    monkeypatch.setattr("calc.sources.importers.find_spec", lambda name: None if name == library else object())
    with pytest.raises(OpError, match=f"{text}: is imported with {library}, which is not installed") as refused:
        load(text)
    assert hint in refused.value.hint


def test_a_distribution_without_importers(monkeypatch) -> None:
    monkeypatch.setattr("calc.sources.importers.registered", lambda name: [])
    with pytest.raises(OpError, match="no importer of PyTorch networks is installed"):
        load("torchvision/resnet18")


def test_what_was_meant_as_a_source_is_told_how_to_write_one() -> None:
    for text in ("x:y:z", ":f", "f:"):
        with pytest.raises(SpecError, match=r"pkg\.module:make_net or file\.py:make_net"):
            load(text)
