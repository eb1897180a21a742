"""No output replaces an input, and no file of another kind unless it is told to."""

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from calc.cli.commands import BUILT_IN, _python_name
from calc.cli.outputs import READ, WRITTEN
from tests.calc.cli.conftest import SPEC, Ran

Run = Callable[..., Ran]
CLAIMS = "spec: net.yaml\nsource: here\nclaims:\n  - {macs: 1}\n"
OTHERS = {
    "notes.txt": b"milk, eggs\n",
    "tool.py": b"import os\n\nprint(os.name)\n",
    "data.csv": b"image,label\n1.png,cat\n",
    "package.json": b'{"name": "thing", "version": "1.0"}\n',
    "README.md": b"# A project\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n",
    "page.html": b"<!DOCTYPE html>\n<p>hello\n",
    "photo.png": b"\x89PNG\r\n\x1a\n and more",
    "archive.zip": b"PK\x03\x04\xff\xfe\x00",
    "latin": "caf\u00e9".encode("latin-1"),
    "other.yaml": b"name: other\ninput: [3, 8, 8]\nlayers: [relu]\n",
}


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    (tmp_path / "claims.yaml").write_text(CLAIMS)
    (tmp_path / "rules.yaml").write_text("rules:\n  - {match: '*', bits: 4}\n")
    return path


def _written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


WRITING = [
    *[("run", "net.yaml", "--format", name) for name in ("table", "csv", "json", "markdown", "latex")],
    ("run", "net.yaml", "--by", "block", "--format", "csv"),
    ("page", "net.yaml"),
    *[
        (*command, "--format", name)
        for name in ("table", "csv", "json", "markdown")
        for command in (
            ("compare", "net.yaml"),
            ("conventions", "net.yaml"),
            ("conventions",),
            ("explain", "net.yaml", "4"),
            ("explain", "net.yaml", "987654321"),
            ("audit", "claims.yaml"),
            ("pareto", "net.yaml", "--bits", "2", "4"),
        )
    ],
    *[
        (*command, "--format", name)
        for name in ("text", "json", "markdown", "github", "junit", "sarif")
        for command in (
            ("check",),
            ("budgets", "net.yaml", "--max", "macs=1"),
            ("budgets", "net.yaml", "--max", "macs=1G"),
        )
    ],
    *[("sweep", "net.yaml", "--bits", "2", "3", "--format", name) for name in ("csv", "json", "jsonl")],
    *[("specs", "--format", name) for name in ("table", "json", "markdown")],
    ("allocate", "net.yaml", "--budget", "weight_bytes=1K"),
    ("schema",),
    ("sweep", "net.yaml"),
]


@pytest.mark.usefixtures("few_specs")
@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_an_earlier_report_is_replaced_unasked(calc: Run, net: Path, command: tuple[str, ...]) -> None:
    if command[0] == "pareto":
        pytest.importorskip("numpy", reason="needs the extra search")
    calc("lock", "net.yaml")
    first = calc(*command, "--output", "report")
    assert first.code in (0, 1), first.err
    before = net.with_name("report").read_bytes()
    again = calc(*command, "--output", "report")
    assert (again.code, again.err) == (first.code, first.err)
    assert net.with_name("report").stat().st_size == pytest.approx(len(before), abs=20)  # a solver's seconds


@pytest.mark.parametrize(
    "ending", ["png", *[pytest.param(ending, marks=pytest.mark.zoo) for ending in ("svg", "pdf", "html")]]
)
def test_an_earlier_picture_is_replaced_unasked(calc: Run, net: Path, ending: str) -> None:
    pytest.importorskip("matplotlib")
    for _ in range(2):
        assert calc("compare", "net.yaml", "--bits", "8", "--plot", f"picture.{ending}").code == 0
    before = _written(net.parent)
    net.with_name(f"picture.{ending}").write_bytes(b"my own")
    ran = calc("compare", "net.yaml", "--bits", "8", "--plot", f"picture.{ending}")
    assert ran.code == 2
    assert f"picture.{ending}: exists, and does not look like an earlier report ({ending})" in ran.err
    assert net.with_name(f"picture.{ending}").read_bytes() == b"my own"
    assert _written(net.parent).keys() == before.keys()


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize(
    "command",
    [
        *[("run", "net.yaml", "--format", name, "--output") for name in ("table", "csv", "json", "markdown", "latex")],
        ("budgets", "net.yaml", "--max", "macs=1", "--format", "junit", "--output"),
        ("sweep", "net.yaml", "--output"),
        ("allocate", "net.yaml", "--budget", "weight_bytes=1K", "--output"),
        ("schema", "--output"),
        ("lock", "net.yaml", "--lock"),
    ],
    ids=" ".join,
)
def test_another_file_is_not_replaced(calc: Run, net: Path, command: tuple[str, ...], name: str) -> None:
    net.with_name(name).write_bytes(OTHERS[name])
    before = _written(net.parent)
    ran = calc(*command, name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{command[-1]} {name}: exists, and does not look like ")
    assert ran.err.endswith("\n  hint: --force replaces it\n")
    assert _written(net.parent) == before


def test_force_replaces_it_and_an_empty_file_is_in_nobodys_way(calc: Run, net: Path) -> None:
    for name, arguments in (("notes.txt", ["--force"]), ("empty", [])):
        net.with_name(name).write_bytes(OTHERS[name] if arguments else b"")
        assert calc("run", "net.yaml", "--output", name, *arguments).code == 0
        assert net.with_name(name).read_text().startswith("model")


def test_the_files_of_a_comparison_replace_only_such(calc: Run, net: Path) -> None:
    for _ in range(2):
        assert calc("compare", "net.yaml", "--bits", "8", "4", "--csv", "tables").code == 0
    files = sorted(net.with_name("tables").iterdir())
    files[1].write_text("image,label\n")
    first = files[0].read_text()
    files[0].write_text(first + "mine\n")
    ran = calc("compare", "net.yaml", "--bits", "8", "4", "--csv", "tables")
    assert ran.code == 2
    assert f"{files[1].name}: exists" in ran.err
    assert files[0].read_text() == first + "mine\n"


def test_a_file_in_place_of_the_folder_of_a_comparison_is_said_to_be_one(calc: Run, net: Path) -> None:
    ran = calc("compare", "net.yaml", "--csv", "net.yaml")
    assert (ran.code, ran.err) == (2, "net.yaml: cannot be written: it is a file, not a folder\n")
    assert net.read_text() == SPEC


def _same(path: Path) -> Iterator[str]:
    """Other names of one file."""
    folder = path.parent
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "soft").symlink_to(path)
    os.link(path, folder / "hard")
    yield from (path.name, str(path), f"./{path.name}", f"sub/../{path.name}", "soft", "hard")


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize(
    "command, read",
    [
        (("run", "net.yaml"), "net.yaml"),
        (("run", "net.yaml", "--bits", "rules.yaml"), "rules.yaml"),
        (("compare", "net.yaml", "--bits", "8", "rules.yaml"), "rules.yaml"),
        (("compare", "resnet18", "net.yaml"), "net.yaml"),
        (("conventions", "net.yaml"), "net.yaml"),
        (("explain", "net.yaml", "4"), "net.yaml"),
        (("audit", "claims.yaml"), "claims.yaml"),
        (("budgets", "net.yaml"), "net.yaml"),
        (("check",), "calc.lock.json"),
        (("check", "--lock", "soft"), "calc.lock.json"),
        (("allocate", "net.yaml", "--budget", "weight_bytes=rules.yaml"), "rules.yaml"),
        (("allocate", "net.yaml", "--sensitivity", "measured.csv"), "measured.csv"),
        (("pareto", "net.yaml", "--sensitivity", "measured.csv", "--format", "csv"), "measured.csv"),
        (("sweep", "net.yaml", "--bits", "rules.yaml"), "rules.yaml"),
        (("sweep", "net.yaml"), "net.yaml"),
    ],
    ids=" ".join,
)
def test_an_input_is_not_replaced_by_any_name(
    calc: Run, net: Path, command: tuple[str, ...], read: str, force: list[str]
) -> None:
    calc("lock", "net.yaml")
    net.with_name("measured.csv").write_text("layer,bits,sensitivity\nstem.0,4,1\n")
    names = list(_same(net.with_name(read)))
    before = _written_files(net.parent)
    for name in names:
        ran = calc(*command, "--output", name, *force)
        assert (ran.code, ran.out) == (2, ""), name
        assert ran.err.startswith(f"--output {name}: is read by this command"), name
    assert _written_files(net.parent) == before


def _written_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_lock_is_no_spec(calc: Run, net: Path) -> None:
    assert calc("lock", "net.yaml", "--lock", "net.yaml", "--force").err.startswith("--lock net.yaml: is read")
    assert net.read_text() == SPEC


@pytest.mark.parametrize(
    "command", [("run", "top.yaml"), ("budgets", "top.yaml", "--max", "macs=1G"), ("check",), ("audit", "claims.yaml")]
)
@pytest.mark.parametrize("below", ["net.yaml", "part.yaml"])
def test_what_an_input_is_made_of_is_not_replaced_by_force(
    calc: Run, net: Path, command: tuple[str, ...], below: str
) -> None:
    part = "name: part\ninput: [3, 8, 8]\nlayers: [relu]\n"
    net.with_name("part.yaml").write_text(part)
    net.write_text(SPEC.replace("layers:\n", "uses: {Part: part.yaml}\nlayers:\n  part: Part\n"))
    net.with_name("top.yaml").write_text("name: top\nextends: net.yaml\n")
    net.with_name("claims.yaml").write_text(CLAIMS.replace("net.yaml", "top.yaml"))
    assert calc("lock", "top.yaml").code == 0
    before = _written(net.parent)
    for force in ([], ["--force"]):
        ran = calc(*command, "--output", below, *force)
        assert (ran.code, ran.out) == (2, ""), ran.err
        assert ("is read by this command" in ran.err) == bool(force)
    assert _written(net.parent) == before


def test_two_outputs_are_two_files(calc: Run, net: Path) -> None:
    ran = calc("compare", "net.yaml", "--output", "one.svg", "--plot", "./one.svg")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("--plot ./one.svg: is the file of --output too")
    assert not net.with_name("one.svg").exists()


def test_what_cannot_be_written_is_said_before_the_work(calc: Run, net: Path) -> None:
    net.write_text("name: [")
    ran = calc("run", "net.yaml", "--output", "none/report")
    assert ran.err == "--output none/report: cannot be written: there is no folder none\n"


def test_every_option_that_takes_a_file_is_known_to_be_read_or_written() -> None:
    """A new one that is forgotten could replace what it is given."""
    known = {*READ, *WRITTEN}
    names = [_python_name(name) for name in BUILT_IN]
    functions = [getattr(import_module(f"calc.cli.{name}"), name) for name in names]
    files = {
        parameter.name
        for function in functions
        for parameter in signature(function).parameters.values()
        for said in getattr(parameter.annotation, "__metadata__", ())
        if getattr(said, "metavar", None) == "FILE"
    }
    assert {"output", "plot", "lock", "lock_", "sensitivity"} <= files <= known
