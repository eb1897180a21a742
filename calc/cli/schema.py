"""The command ``calc schema``, which prints the JSON Schema of specs for editors."""

import json
from pathlib import Path
from typing import Annotated

import typer

from calc.cli.output import emit
from calc.spec.jsonschema import language_schema as json_schema


def schema(
    output: Annotated[
        str | None, typer.Option("--output", metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
) -> None:
    """Print the JSON Schema of the spec language.

    Editors use it to complete and check specs.

    \b
    Examples:
      calc schema --output spec.schema.json
    and as the first line of a spec:
      # yaml-language-server: $schema=spec.schema.json
    """
    emit(text(), None if output is None else Path(output))


def text() -> str:
    """Return the schema as it is written to files."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
