"""A config.json where a spec is taken, and under calc import; other JSON is not taken for one."""

import json
from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.sources.configs import config_text
from calc.sources.importers import ImportOptions
from calc.sources.importing import imported_spec
from calc.sources.load import load
from calc.spec import loads
from calc.sweeps.grid import Grid
from calc.sweeps.job import SweepJob
from tests.language.published import CONFIGS


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(CONFIGS["llama3_1b"]), encoding="utf-8")
    return str(file)


def test_a_config_is_loaded_as_its_spec(config: str) -> None:
    assert analyse(load(config), {"tokens": 1, "past": 99}, bits="bf16").totals.kv_bytes == 100 * 32_768


def test_what_is_imported_is_the_same_network(config: str) -> None:
    fields = CONFIGS["llama3_1b"] | {"torch_dtype": "bfloat16", "use_cache": True}
    Path(config).write_text(json.dumps(fields), encoding="utf-8")
    found = imported_spec(config, ImportOptions())
    assert analyse(loads(found.text)).totals == analyse(load(config)).totals
    name = Path(config).parent.name
    assert found.notes == (
        f"{name}: made from the fields of its config; no tensors were read",
        f"{name}: fields of its config that change no count: torch_dtype, use_cache",
    )


def test_other_json_is_no_config_unless_it_is_to_be_imported(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text('{"schema": "calc.run/2"}', encoding="utf-8")
    assert config_text(str(file)) is None
    with pytest.raises(
        SpecError, match=r"result.json:1:1: model_type is missing, so the family of the model is unknown"
    ):
        imported_spec(str(file), ImportOptions())


@pytest.mark.parametrize("name", ["net.yaml", "there_is_none.json", ""])
def test_what_is_no_config(name: str) -> None:
    assert config_text(name) is None


def test_a_config_that_is_not_there() -> None:
    with pytest.raises(SpecError, match=r"there_is_none.json: cannot be read: No such file or directory"):
        config_text("there_is_none.json", surely=True)


def test_sizes_of_an_input_are_refused(config: str) -> None:
    with pytest.raises(OpError, match="a config takes no input sizes"):
        load(config, (64,))


def test_another_process_of_a_sweep_loads_it_too(config: str) -> None:
    job = SweepJob(config, None, Grid((), ("bf16",)), (), None, 1, "same", "csv")
    assert job.model() == load(config)
