"""The group of commands. The module of a command is imported when the command is named, or for --help."""

from collections.abc import Callable
from importlib import import_module
from keyword import iskeyword
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from calc.cli.outputs import guarded
from calc.cli.several import GivenOnce, SeveralWords
from calc.cli.values import PlainValues
from calc.errors import OpError
from calc.extras import install_hint

ENTRY_POINTS = "calc.commands"
"""The group of entry points under which other distributions add commands: a name, with a module that has ``app`` or a
function of that name.
"""

BUILT_IN = (
    "init",
    "list",
    "run",
    "memory",
    "fit",
    "conventions",
    "compare",
    "explain",
    "audit",
    "lock",
    "check",
    "diff",
    "budgets",
    "allocate",
    "pareto",
    "sweep",
    "formula",
    "page",
    "serve",
    "validate",
    "write",
    "import",
    "specs",
    "weights",
    "formats",
    "ops",
    "schema",
)


class Commands(PlainValues, TyperGroup):
    """The commands of calc and those that other distributions register.

    Of two with the same name, that of calc is used.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return [*BUILT_IN, *sorted(set(_registered()) - set(BUILT_IN))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in BUILT_IN:
            return _command(cmd_name, import_module(f"calc.cli.{_python_name(cmd_name)}"))
        point = _registered().get(cmd_name)
        return None if point is None else _registered_command(cmd_name, point)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first word names. Raises OpError with a hint if there is none."""
        word = args[0]
        if not (ctx.resilient_parsing or word in BUILT_IN or word.startswith("-") or word in _registered()):
            raise OpError(f"no such command {word[:60]!r}", _meant(word))
        return super().resolve_command(ctx, args)


class SomeCommand(GivenOnce, TyperCommand):
    """A command of another distribution."""


class PlainCommand(SeveralWords, GivenOnce, PlainValues, TyperCommand):
    """A command of calc itself. ``--bits`` takes several words if it may be repeated."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.several = [o for p in self.params if getattr(p, "multiple", False) for o in p.opts if o == "--bits"]


def application() -> Any:
    """Return the command line as one callable."""
    app = typer.Typer(
        cls=Commands,
        rich_markup_mode=None,  # the help is then the same in a pipe, in CI and in a terminal, and rich is not imported
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    return get_command(app)


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from calc.cli.version import version_text

    typer.echo(version_text())
    raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the versions of calc and of its schemas, and exit.",
            callback=_print_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Count what a neural network costs: parameters, MACs, bytes and BitOps, as exact integers.

    SPEC is a YAML file, the name of a packaged network, or a network in PyTorch or ONNX (calc import --help).
    calc COMMAND --help explains a command.

    \b
    Examples:
      calc run mobilenetv2 --bits adaptive
      calc run my_network.yaml --bits w4a8 --input 3x160x160
      calc specs
      calc ops conv2d
    """


def _meant(word: str) -> str:
    """Return a hint for ``word``, which is not a command: a similar command, or the network that it may be."""
    from pathlib import Path

    from calc.errors import nearest
    from calc.spec.shelf import packaged, packaged_spec

    if packaged_spec(word) or Path(word[:200]).is_file():
        return f"calc run {word[:200]}"
    near = nearest(word, [*BUILT_IN, *_registered()], ())
    if near:
        return near
    network = nearest(word, packaged(), ())
    return f"{network} To count a network: calc run NAME" if network else "calc --help lists the commands"


def _registered() -> dict[str, Any]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


def _registered_command(name: str, point: Any) -> Any:
    try:
        return _command(name, point.load())
    except ImportError as error:
        return _command(name, _unavailable(name, str(error)))


def _unavailable(name: str, reason: str) -> Callable[[], None]:
    def command() -> None:
        raise OpError(f"calc {name} cannot be loaded: {reason}", f"install what it needs: {install_hint('verify')}")

    command.__doc__ = f"(cannot be loaded: {reason})"
    return command


def _python_name(command: str) -> str:
    """Return the name of the function of a command, which ends in an underscore if it is a word of Python."""
    name = command.replace("-", "_")
    return f"{name}_" if iskeyword(name) else name


def _command(name: str, found: Any) -> Any:
    """Return the command of a module, a Typer app or a function."""
    found = getattr(found, "app", None) or getattr(found, _python_name(name), None) or found
    if isinstance(found, typer.Typer):
        return get_command(found)
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(
        name,
        cls=PlainCommand if name in BUILT_IN else SomeCommand,
        context_settings={"help_option_names": ["-h", "--help"]},
    )(guarded(found) if name in BUILT_IN else found)
    return get_command(app)
