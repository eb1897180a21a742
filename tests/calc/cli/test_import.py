"""``calc import``: what is written, and that nothing is unless it is proved."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from calc.analysis import analyse
from calc.errors import Problem
from calc.sources import read_source
from calc.sources.grammar import Kind
from calc.spec import load
from tests.calc.sources import stand_in
from tests.calc.sources.stand_in import MACS, NET

pytestmark = pytest.mark.usefixtures("folder", "imports")

SOURCE = "net.py:make_net"
HEAD = "# net.py:make_net at 3x8x8: imported by calc import, torch 2.14.0\nname: Small\ninput: [3, 8, 8]\n"
PARAMS = 4 * 3 * 9 + 10 * 144 + 10
PROVED = f"4 layers, {PARAMS:,} params, {MACS:,} MACs: equal to the module; outputs at batch 2 equal\n"


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof fails."""
    monkeypatch.setattr(stand_in, "PROBLEMS", (Problem(SOURCE, "its parameter bias is not in the spec", "", "stem"),))


def test_a_spec_is_printed_and_what_was_proved_is_said_beside_it(calc) -> None:
    ran = calc("import", SOURCE)
    assert ran.code == 0
    assert ran.out.startswith(HEAD)
    assert ran.err == f"from the user's code\nfrom the user's forward\n{PROVED}"


def test_a_file_is_written_which_loads_as_the_network(calc) -> None:
    assert calc("import", SOURCE, "-o", "net.yaml").out == ""
    assert analyse(load("net.yaml")).totals.macs == MACS
    assert calc("import", SOURCE, "-o", "net.yaml").code == 0  # an import takes the place of an earlier one
    Path("mine.yaml").write_text("name: Mine\n")
    ran = calc("import", SOURCE, "-o", "mine.yaml")
    assert ran.code == 2
    assert "does not look like a spec by calc write or calc import" in ran.err
    assert calc("import", SOURCE, "-o", "mine.yaml", "--force").code == 0


def test_sizes_and_flat(calc) -> None:
    ran = calc("import", SOURCE, "--input", "3x9x9", "--flat")
    assert ran.out.startswith("# net.py:make_net at 3x9x9: imported")
    assert "  head: {linear: 10}\n" in ran.out


@pytest.mark.usefixtures("wrong")
def test_what_is_not_proved_is_not_written(calc) -> None:
    ran = calc("import", SOURCE, "-o", "net.yaml")
    assert ran.code == 2
    assert "net.py:make_net: stem: its parameter bias is not in the spec\n" in ran.err
    assert "is not proved, so nothing is written\n  hint: --unproved" in ran.err
    assert not Path("net.yaml").exists()


@pytest.mark.usefixtures("wrong")
def test_an_unproved_spec_is_marked_and_reports_say_so(calc) -> None:
    ran = calc("import", SOURCE, "-o", "net.yaml", "--unproved")
    assert ran.code == 0
    assert ran.err.endswith("NOT equal to the module, 1 difference\n")
    first, *rest = Path("net.yaml").read_text().splitlines()
    assert first.endswith("; NOT PROVED")
    assert 'unproved: "net.py:make_net: stem: its parameter bias is not in the spec"' in rest
    assert "warning: net.yaml: not proved to equal its source: net.py:make_net: stem: " in calc("run", "net.yaml").err


def test_where_nothing_can_run_it_that_is_said(calc, monkeypatch) -> None:
    monkeypatch.setattr(stand_in, "PROVE", None)
    monkeypatch.setattr(stand_in, "NOT_RUN", "not run: PyTorch is not installed")
    ran = calc("import", SOURCE)
    assert "\nnot run: PyTorch is not installed\n" in ran.err
    assert ran.out.splitlines()[1] == "# not run: PyTorch is not installed"


def test_what_was_not_compared_stands_in_the_spec(calc, monkeypatch) -> None:
    monkeypatch.setattr(stand_in, "PROVE", lambda text: replace(stand_in.proved(text), remark="outputs not compared"))
    assert calc("import", SOURCE).out.splitlines()[1] == "# outputs not compared"


def test_a_spec_has_no_path_of_this_machine(calc, tmp_path: Path) -> None:
    assert calc("import", f"{tmp_path}/net.py:make_net").out.startswith("# net.py:make_net at ")
    Path("inner").mkdir()
    (tmp_path.parent / "net_of_others.py").write_text(NET)
    assert calc("import", f"{tmp_path.parent}/net_of_others.py:make_net").out.startswith(
        "# net_of_others.py:make_net at "
    )


def test_a_spec_is_no_source(calc) -> None:
    ran = calc("import", "mobilenetv2")
    assert ran.code == 2
    assert "mobilenetv2: is not a source that can be imported\n  hint: calc import --help lists sources" in ran.err


def test_help_has_a_line_for_each_kind_of_source(calc) -> None:
    out = calc("import", "-h").out
    for form in ("torchvision/NAME", "timm/NAME", "pkg.module:callable", "file.py:callable", "net.pt2", "net.onnx"):
        assert sum(line.strip().startswith(form) for line in out.splitlines()) == 1


def test_progress_is_for_a_terminal_alone(monkeypatch, capsys) -> None:
    from calc.cli.progress import steps

    with steps("net") as tell:
        tell("importing")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with steps("[net]") as tell:
        tell("importing")
    assert capsys.readouterr().out == ""


def test_a_config_says_with_what_command_its_files_are_counted(calc) -> None:
    sizes = {"hidden_size": 128, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1}
    more = {"intermediate_size": 128, "vocab_size": 5, "rms_norm_eps": 1e-5, "rope_theta": 1e4}
    fields = {"model_type": "llama"} | sizes | more
    stored = {"quant_method": "gptq", "bits": 4, "group_size": 128, "modules_to_not_convert": ["down_proj"]}
    Path("config.json").write_text(json.dumps(fields | {"quantization_config": stored}))
    ran = calc("import", "config.json", "-o", "my model.yaml")
    said, command = ran.err.splitlines()[-1].split(": ", 1)
    assert said == "as they are stored"
    echo, text, arrow, file, both, *run = shlex.split(command)
    assert (echo, arrow, both, run[0]) == ("echo", ">", "&&", "calc")
    Path(file).write_text(text)
    totals = json.loads(calc(*run[1:], "--format", "json").out)["totals"]
    matrices = 128 * 128 + 2 * 64 * 128 + 128 * 128 + 2 * 128 * 128
    narrow = matrices * 4 // 8 + matrices // 128 * (16 + 4) // 8 + 6 * 128 * 4  # codes, scales and zeros, group indices
    assert totals["weight_bytes"] == narrow + (128 * 128 + 2 * 5 * 128 + 3 * 128) * 2
    assert calc("import", "config.json", "-o", "my model.yaml").code == 0  # in place of the earlier one


def test_each_kind_of_source_has_a_line_in_the_help_and_in_the_readme(calc) -> None:
    help_lines = calc("import", "-h").out.partition("SOURCE is one of\n")[2].partition("\n\n")[0].splitlines()
    readme = (Path(__file__).parents[3] / "README.md").read_text().splitlines()
    named = [line.split()[2] for line in readme if line.startswith("calc import ")]
    for forms in ([line.split()[0] for line in help_lines], named):
        kinds = [getattr(read_source(form), "kind", "config") for form in forms]
        assert sorted(kinds) == sorted([*get_args(Kind), "config"])
