"""Who may import whom. The rules are checked on the source, and each rule on a planted violation."""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.architecture

ROOT = Path(__file__).parents[1]


class Import(NamedTuple):
    """One import: the file (relative to the project) and the module it names."""

    file: str
    module: str


def imports_of(file: str, source: str) -> Iterator[Import]:
    """Every import in ``source``, at any depth of the code, by the full name of what is imported."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(file, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Import(file, f"{node.module}.{alias.name}") for alias in node.names)


def within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def calc_is_free_of_torch(found: Import) -> bool:
    return not (found.file.startswith("calc/") and within(found.module, "torch", "torchvision", "verify"))


def measure_and_quantise_share_nothing_with_calc(found: Import) -> bool:
    return not (found.file.startswith(("verify/measure/", "verify/quantise/")) and within(found.module, "calc"))


def builders_take_ops_only(found: Import) -> bool:
    """A builder may know an op's fields; never shapes, counts or base formulas."""
    if not found.file.startswith("verify/build/") or found.file in (
        "verify/build/__init__.py",
        "verify/build/network.py",
    ):
        return True
    return not within(found.module, "calc") or (
        within(found.module, "calc.ops")
        and not within(found.module, "calc.ops.base.windows", "calc.ops.base.attention", "calc.shape")
    )


def ops_do_not_import_ops(found: Import) -> bool:
    parts = found.file.split("/")
    if parts[:2] != ["calc", "ops"] or (parts[-1] == "__init__.py" and len(parts) == 3):
        return True
    return not within(found.module, "calc") or within(found.module, "calc.ops.base", "calc.shape", "calc.errors")


def yaml_in_source_only(found: Import) -> bool:
    return not (found.file.startswith("calc/") and within(found.module, "yaml")) or found.file == "calc/spec/source.py"


def rich_in_reports_only(found: Import) -> bool:
    return not (found.file.startswith("calc/") and within(found.module, "rich")) or found.file.startswith(
        ("calc/report/", "calc/cli/")
    )


def typer_in_command_lines_only(found: Import) -> bool:
    return not within(found.module, "typer") or found.file.startswith(("calc/cli/", "verify/cli/"))


def build_uses_no_published_models(found: Import) -> bool:
    return not (found.file.startswith("verify/build/") and within(found.module, "torchvision"))


RULES: dict[Callable[[Import], bool], Import] = {
    calc_is_free_of_torch: Import("calc/ops/conv.py", "torch.nn"),
    measure_and_quantise_share_nothing_with_calc: Import("verify/measure/probe.py", "calc.shape.Shape"),
    builders_take_ops_only: Import("verify/build/conv.py", "calc.ops.base.windows.window_count"),
    ops_do_not_import_ops: Import("calc/ops/conv.py", "calc.ops.linear.Linear"),
    yaml_in_source_only: Import("calc/spec/load.py", "yaml"),
    rich_in_reports_only: Import("calc/analysis.py", "rich.table"),
    typer_in_command_lines_only: Import("verify/report.py", "typer"),
    build_uses_no_published_models: Import("verify/build/__init__.py", "torchvision.models"),
}


@cache
def project_imports() -> list[Import]:
    files = [path for package in ("calc", "verify") for path in sorted((ROOT / package).rglob("*.py"))]
    return [
        found
        for path in files
        for found in imports_of(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: Callable[[Import], bool]) -> None:
    imports = project_imports()
    assert len(imports) > 500
    assert [found for found in imports if not rule(found)] == []


@pytest.mark.parametrize("rule, violation", RULES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_rule_catches_its_planted_violation(rule: Callable[[Import], bool], violation: Import) -> None:
    assert not rule(violation)


def test_the_walk_sees_imports_inside_functions() -> None:
    source = "def f():\n    from torch import nn\n    import verify\n"
    assert list(imports_of("calc/x.py", source)) == [Import("calc/x.py", "torch.nn"), Import("calc/x.py", "verify")]


def test_modules_are_small() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "calc").rglob("*.py")}
    sizes |= {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "verify").rglob("*.py")}
    assert {path.relative_to(ROOT).as_posix(): n for path, n in sizes.items() if n > 400} == ALLOWED_OVER_400


ALLOWED_OVER_400: dict[str, int] = {}
"""Modules over 400 lines, with the reason beside each."""
