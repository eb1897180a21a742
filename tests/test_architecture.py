"""Who may import whom: a table of layers and a table of libraries, checked on the source.

Imports count wherever they stand: inside functions, under TYPE_CHECKING, relative ones. Each rule has a planted
violation that it catches.
"""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.architecture

ROOT = Path(__file__).parents[1]

CALC = (
    ("calc.colours", "calc.errors", "calc.extras", "calc.frozen", "calc.names", "calc.notebook", "calc.recorded"),
    ("calc.amounts", "calc.data_frame", "calc.reading", "calc.shape", "calc.strides", "calc.writing"),
    ("calc.holding", "calc.ops", "calc.spec.source", "calc.spec.tree"),
    ("calc.configs", "calc.formats"),
    ("calc.model", "calc.weights.file_types"),
    ("calc.deploy", "calc.spec", "calc.storages"),
    ("calc.counts", "calc.importing"),
    ("calc.onnx",),
    ("calc.sources",),
    ("calc.bitops", "calc.components", "calc.memory", "calc.precision", "calc.tensors", "calc.warnings"),
    ("calc.moves",),
    ("calc.layers", "calc.workload"),
    ("calc.conventions", "calc.moved", "calc.quantities", "calc.role_formats", "calc.weights"),
    ("calc.serving",),
    ("calc.at_bits", "calc.layers_json", "calc.one_line", "calc.options"),
    ("calc.analysis",),
    ("calc.tape",),
    ("calc.allocation", "calc.claims", "calc.configurations", "calc.fitting", "calc.gate", "calc.sweeps"),
    ("calc.api", "calc.page", "calc.report"),
    ("calc.editor",),
    ("calc.cli",),
)
"""From the bottom up: a package or module imports from the rows below its own, and from itself."""

APART = ("calc.spec.source", "calc.spec.tree", "calc.weights.file_types")
"""Modules that stand in another row than their package: the one way to read YAML, which knows nothing of specs."""

VERIFY = (
    ("verify.lazily", "verify.lively", "verify.measure", "verify.returned", "verify.swap"),
    ("verify.errors", "verify.masks", "verify.quantise"),
    ("verify.build", "verify.device", "verify.files", "verify.plot", "verify.reference_name", "verify.single"),
    ("verify.compare", "verify.data", "verify.first_difference", "verify.fold", "verify.phases", "verify.weight_bits"),
    ("verify.deployed", "verify.evaluate", "verify.reference", "verify.reference_counts"),
    ("verify.importers", "verify.peak", "verify.published", "verify.sensitivity", "verify.train"),
    ("verify.peers", "verify.verification"),
    ("verify.report",),
    ("verify.cli",),
)

OF_CALC: dict[str, tuple[str, ...]] = {
    "verify.build": ("calc.model", "calc.ops"),
    "verify.deployed": ("calc.model",),
    "verify.first_difference": (),
    "verify.fold": ("calc.model",),
    "verify.lively": (),
    "verify.measure": (),
    "verify.quantise": ("calc.formats",),  # what a format stores, to round to it
    "verify.returned": (),
    "verify.swap": (),
}
"""What a part of verify may take from calc, where that is not all but ``calc.cli``: what counts by running shares no
formula with what it checks."""

LIBRARIES: dict[str, tuple[str, ...]] = {
    "distributed": ("calc.sweeps", "verify.evaluate"),
    "highspy": ("calc.allocation",),
    "matplotlib": ("calc.report", "verify.evaluate.plot", "verify.plot", "verify.sensitivity", "verify.train"),
    "numpy": ("calc.allocation", "calc.onnx", "calc.sweeps", "calc.tape", "verify"),
    "onnx": ("calc.onnx",),
    "pyarrow": ("calc.sweeps",),
    "rich": ("calc.cli", "calc.report", "verify.cli"),
    "starlette": ("calc.editor.app",),
    "timm": ("verify.importers.known", "verify.importers.published", "verify.importers.survey"),
    "torch": ("verify",),
    "torchvision": ("verify",),
    "typer": ("calc.cli", "verify.cli"),
    "uvicorn": ("calc.editor.server",),
    "yaml": ("calc.spec.source",),
}
"""The only places that import a library."""


class Import(NamedTuple):
    """One import: the module in which it stands, and the full name of what it imports."""

    module: str
    imported: str


Rule = Callable[[Import], bool]


def imports_of(module: str, source: str, is_package: bool = False) -> Iterator[Import]:
    """Every import in ``source``, at any depth of the code."""
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(module, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (Import(module, f"{base}.{alias.name}") for alias in node.names)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def row_of(name: str, rows: Iterable[Collection[str]]) -> int | None:
    """The row of the table in which ``name`` stands."""
    return next((number for number, row in enumerate(rows) if within(name, *row)), None)


def part_of(name: str) -> str:
    """``calc.spec`` for anything inside it."""
    return ".".join(name.split(".")[:2])


def layers_are_kept(found: Import) -> bool:
    """What is imported stands in a lower row; a package's own door (``calc/__init__``) takes from all."""
    rows = CALC if found.module.startswith("calc.") else VERIFY
    own, other = row_of(found.module, rows), row_of(found.imported, rows)
    if own is None or part_of(found.module) == part_of(found.imported):
        return True
    if found.imported in ("calc", "verify") and within(found.module, found.imported):
        return False
    return other is None or other < own


def calc_knows_no_verify(found: Import) -> bool:
    return not (within(found.module, "calc") and within(found.imported, "verify"))


def verify_takes_its_share_of_calc(found: Import) -> bool:
    if not (within(found.module, "verify") and within(found.imported, "calc")):
        return True
    allowed = OF_CALC.get(part_of(found.module))
    if allowed is None:
        return within(found.module, "verify.cli") or not within(found.imported, "calc.cli")
    return within(found.imported, *allowed)


def builders_share_no_formula(found: Import) -> bool:
    """A builder may know an op's fields; never shapes, counts or base formulas. The package joins them to a graph."""
    if not within(found.module, "verify.build") or found.module in ("verify.build", "verify.build.network"):
        return True
    return not within(found.imported, "calc") or (
        within(found.imported, "calc.ops")
        and not within(found.imported, "calc.ops.base.windows", "calc.ops.base.attention")
    )


def ops_do_not_import_ops(found: Import) -> bool:
    if not found.module.startswith("calc.ops.") or not within(found.imported, "calc"):
        return True
    return within(found.imported, "calc.ops.base", "calc.recorded", "calc.shape", "calc.strides", "calc.errors")


def libraries_in_their_places(found: Import) -> bool:
    places = LIBRARIES.get(found.imported.partition(".")[0])
    return places is None or within(found.module, *places)


def build_uses_no_published_models(found: Import) -> bool:
    """Single functions of torchvision.ops are to a builder what those of torch are."""
    function = found.imported == "torchvision.ops.roi_align"
    return function or not (within(found.module, "verify.build") and within(found.imported, "torchvision"))


RULES: dict[Rule, tuple[Import, ...]] = {
    layers_are_kept: (
        Import("calc.model.graph", "calc.spec.load"),
        Import("calc.analysis", "calc.report.html.render"),
        Import("calc.conventions.count", "calc.analysis.Analysis"),
        Import("calc.gate.gate", "calc.sweeps.job"),
        Import("calc.counts", "calc"),
        Import("verify.measure.probe", "verify.build.build"),
        Import("verify.evaluate.score", "verify.cli"),
    ),
    calc_knows_no_verify: (Import("calc.cli.commands", "verify.cli.verify"),),
    verify_takes_its_share_of_calc: (
        Import("verify.measure.probe", "calc.shape.Shape"),
        Import("verify.build.network", "calc.counts.count"),
        Import("verify.report", "calc.cli.output"),
    ),
    builders_share_no_formula: (Import("verify.build.conv", "calc.ops.base.windows.window_count"),),
    ops_do_not_import_ops: (Import("calc.ops.conv", "calc.ops.linear.Linear"),),
    libraries_in_their_places: (
        Import("calc.ops.conv", "torch.nn"),
        Import("calc.spec.load", "yaml"),
        Import("calc.analysis", "rich.table"),
        Import("verify.report", "typer"),
        Import("calc.gate.gate", "numpy"),
    ),
    build_uses_no_published_models: (Import("verify.build.network", "torchvision.models"),),
}


@cache
def modules() -> dict[str, Path]:
    """The file of every module."""
    files = [path for package in ("calc", "verify") for path in sorted((ROOT / package).rglob("*.py"))]
    named = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files}
    return {name.removesuffix(".__init__"): path for name, path in named.items()}


@cache
def project_imports() -> list[Import]:
    return [
        found
        for name, path in modules().items()
        for found in imports_of(name, path.read_text(encoding="utf-8"), path.stem == "__init__")
    ]


def circles(imports: Iterable[Import], known: Collection[str]) -> list[list[str]]:
    """Groups of modules that reach one another by importing; a package's name stands for its ``__init__``."""
    reached: dict[str, set[str]] = {name: set() for name in known}
    for found in imports:
        target = found.imported
        while target not in known and "." in target:
            target = target.rpartition(".")[0]
        if target in known and target != found.module:
            reached[found.module].add(target)
    changed = True
    while changed:
        changed = False
        for targets in reached.values():
            more = set().union(*[reached[target] for target in targets]) - targets
            changed |= bool(more)
            targets |= more
    return sorted({tuple(sorted(b for b in known if b in reached[a] and a in reached[b])) for a in known} - {()})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: Rule) -> None:
    imports = project_imports()
    assert len(imports) > 500
    assert [found for found in imports if not rule(found)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_catches_its_planted_violations(rule: Rule) -> None:
    assert [violation for violation in RULES[rule] if rule(violation)] == []


def test_every_part_stands_in_the_table() -> None:
    known = {part_of(name) for name in modules()} - {"calc", "verify", "calc.__main__"}
    listed = [name for row in (*CALC, *VERIFY) for name in row]
    assert sorted(known) == sorted([name for name in listed if name not in APART])
    assert set(APART) <= modules().keys()


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circles(project_imports(), modules().keys()) == []


def test_a_planted_circle_is_seen() -> None:
    planted = [Import("a.x", "a.y.f"), Import("a.y", "b.z"), Import("b.z", "a.x"), Import("a.x", "c"), Import("c", "d")]
    assert circles(planted, ["a.x", "a.y", "b.z", "c", "d"]) == [("a.x", "a.y", "b.z")]


def test_the_walk_sees_every_way_to_import() -> None:
    source = """
def f():
    from torch import nn
    import verify
if TYPE_CHECKING:
    from calc.spec import load
from . import sibling
from .sibling import thing
from ..other import name
"""
    expected = ["torch.nn", "verify", "calc.spec.load", "calc.x.sibling", "calc.x.sibling.thing", "calc.other.name"]
    assert sorted(found.imported for found in imports_of("calc.x.module", source)) == sorted(expected)
    (found,) = imports_of("calc.x", "from . import sibling", is_package=True)
    assert found.imported == "calc.x.sibling"


SHARED_NAMES = {
    "render": "each format of a report: what there is to show, as text",
    "render_diff": "each format of a difference, as text",
    "page": "each report as a page of sections, before any format",
    "to_json": "each report of verify as a value for json",
    "load": "a network as a ModelSpec: of specs, and of whatever a command takes",
    "main": "where a program begins",
    "solve": "each solver: the best choice of a problem",
    "plan": "each memory planner: what a network needs while it runs",
}
"""Public names in several modules, and the one meaning that they share."""


def public_names(source: str) -> set[str]:
    """The public classes and functions at the top of a module."""
    found = [node.name for node in ast.parse(source).body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    return {name for name in found if not name.startswith("_")}


def twice_defined(sources: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Names that two modules define.

    An op, its builder and the rule that reads one of its name share theirs, and a command is called as what it runs,
    as is a function of the package's front door.
    """
    defined: dict[str, list[str]] = {}
    for module, source in sources:
        if within(module, "calc.ops", "calc.onnx.lower", "verify.build", "verify.importers.lower"):
            continue
        for name in sorted(public_names(source)):
            if not within(module, "calc.api", "calc.cli", "verify.cli") or name != module.rpartition(".")[2]:
                defined.setdefault(name, []).append(module)
    return {name: places for name, places in defined.items() if len(places) > 1}


def test_one_word_means_one_thing() -> None:
    sources = [(name, path.read_text(encoding="utf-8")) for name, path in modules().items()]
    found = twice_defined(sources)
    assert sorted(found) == sorted(SHARED_NAMES), found


def test_a_word_with_two_meanings_is_seen() -> None:
    sources = [
        ("calc.a", "class Row: ..."),
        ("calc.b", "class Row: ...\ndef _own(): ..."),
        ("calc.cli.run", "def run(): ..."),
    ]
    assert twice_defined(sources) == {"Row": ["calc.a", "calc.b"]}


def test_modules_are_small() -> None:
    sizes = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules().items()}
    assert {name: lines for name, lines in sizes.items() if lines > 400} == {}
