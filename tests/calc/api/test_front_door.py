"""The front door: few names, each with an example that holds, and a help of a few screens."""

import ast
import doctest
import inspect
import pydoc
import sys
from importlib.util import find_spec
from pathlib import Path
from subprocess import run

import pytest

import calc
from calc.gate.gate import locked
from calc.gate.lockfile import DEFAULT, lock_text

NAMES = (
    "Analysis",
    "Infeasible",
    "OpError",
    "SpecError",
    "allocate",
    "analyse",
    "audit",
    "check",
    "compare",
    "diff",
    "evaluate_many",
    "explain",
    "import_model",
    "load",
    "sweep",
)
FUNCTIONS = [name for name in NAMES if name[0].islower()]
EXAMPLES = [*FUNCTIONS, "Analysis", "SpecError"]
MOST_NAMES = 15
SCREENS, LINES_OF_A_SCREEN = 3, 40


def test_these_are_all_names() -> None:
    assert tuple([name for name in dir(calc) if not name.startswith("__")]) == NAMES
    assert len(NAMES) <= MOST_NAMES
    assert all(getattr(calc, name).__name__ == name for name in NAMES)
    with pytest.raises(AttributeError, match="nothing"):
        calc.nothing  # noqa: B018  # reading it is the test


def test_the_package_imports_no_part_that_it_only_names() -> None:
    """Only a new process has not imported them yet."""
    script = "import sys, calc; print(*[name for name in sys.modules if name.startswith('calc')])"
    found = run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert sorted(found.stdout.split()) == ["calc", "calc.notebook"]


def test_type_checkers_see_the_same_names() -> None:
    """Each is imported as itself, which is how a typed package says that it offers a name."""
    tree = ast.parse(inspect.getsource(calc))
    (guarded,) = [node for node in tree.body if isinstance(node, ast.If)]
    offered = [alias for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(alias.name for alias in offered) == sorted(NAMES)
    assert all(alias.name == alias.asname for alias in offered)


@pytest.mark.parametrize("package", ["calc", "verify"])
def test_the_packages_are_typed(package: str) -> None:
    assert (Path(calc.__file__).parents[1] / package / "py.typed").is_file()


def test_help_is_a_few_screens_and_names_every_function() -> None:
    text = pydoc.render_doc(calc, renderer=pydoc.plaintext)
    assert text.count("\n") <= SCREENS * LINES_OF_A_SCREEN
    assert all(f"{name}(" in text for name in FUNCTIONS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_of_a_name_holds(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "evaluate_many":
        pytest.importorskip("numpy")
    monkeypatch.chdir(tmp_path)
    Path(DEFAULT).write_text(lock_text(locked(["mobilenetv2"], ["8"], tmp_path)))
    function = getattr(calc, name)
    (test,) = doctest.DocTestFinder(recurse=False).find(function, name, globs={})
    assert test.examples
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test) == (0, len(test.examples))


def test_an_example_that_does_not_hold_is_seen() -> None:
    def wrong() -> None:
        """
        >>> 1 + 1
        3
        """

    (test,) = doctest.DocTestFinder().find(wrong, globs={})
    assert doctest.DocTestRunner(verbose=False).run(test, out=lambda text: None).failed == 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_help_explains_every_argument_the_result_and_the_errors(name: str) -> None:
    function = getattr(calc, name)
    text = inspect.getdoc(function) or ""
    arguments, _, rest = text.partition("\nArgs:\n")[2].partition("\n\nReturns:\n")
    explained = [line.partition(":")[0].strip() for line in arguments.splitlines() if line[:8].strip()]
    assert explained == list(inspect.signature(function).parameters)
    assert "\n\nRaises:\n" in rest


def test_no_part_of_the_package_has_the_name_of_a_function() -> None:
    """Importing ``calc.x`` sets ``calc.x`` to that module, whatever the front door gave before."""
    assert [name for name in NAMES if find_spec(f"calc.{name}")] == []
