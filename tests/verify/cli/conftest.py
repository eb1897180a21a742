"""A folder with a small network, weights and images for the commands."""

import pytest

from calc.analysis import analyse
from tests.verify.small import SPEC, model, save_images, save_weights


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SPEC)
    save_images(tmp_path / "images")
    save_weights(tmp_path / "net.pt", analyse(model()).graph)
    return tmp_path
