"""The command ``calc init``, which writes a starter spec, a policy and a workflow."""

from pathlib import Path
from typing import Annotated

import typer

from calc import writing
from calc.cli.output import emit
from calc.errors import OpError, Problem, SpecError, number_of

STARTER = Path(__file__).parents[1] / "starter"
FILES = {"net.yaml": "net.yaml", "policy.yaml": "policy.yaml", ".github/workflows/calc.yml": "calc.yml"}
"""The path of each file, with its name among the starters."""
NEXT = """next:
  calc run net.yaml --bits policy.yaml         prints what the network costs
  calc lock net.yaml --bits 8 policy.yaml      records the numbers in calc.lock.json; commit this file
  calc check                                   fails if a number has changed; the workflow runs it too
"""


def init(
    folder: Annotated[str, typer.Argument(help="The folder to write to, usually the top of a repository.")] = ".",
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Write a starter spec, a policy and a CI workflow.

    net.yaml is a small network, policy.yaml sets the bits of its layers, and .github/workflows/calc.yml fails
    when a number changes. Comments in them explain each line. If one of the files exists, nothing is written,
    unless --force is given.

    \b
    Examples:
      calc init
      calc init my_networks
    """
    home = Path(folder)
    there = [home / name for name in FILES if (home / name).exists()]
    if there and not force:
        hint = "--force replaces it, and calc init FOLDER writes to another folder"
        raise SpecError([Problem(None, f"{path}: exists, so nothing is written", hint) for path in there])
    for name, source in FILES.items():
        path = home / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OpError(f"{path.parent}: cannot be made: {error.strerror}") from None
        writing.write(path, (STARTER / source).read_bytes())
    emit(f"{number_of(len(FILES), 'file')} written: {', '.join([str(home / name) for name in FILES])}\n")
    emit(NEXT if folder == "." else f"cd {folder}\n{NEXT}")
