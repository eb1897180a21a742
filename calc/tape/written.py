"""Runs formulas as they are printed: Python in this process, JavaScript in node."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from calc.errors import OpError
from calc.tape.atoms import Number
from calc.tape.formulas import javascript_source, python_source
from calc.tape.tape import Tape

NODE = "node"


def is_node_there() -> bool:
    """Return whether node is installed, which runs formulas in JavaScript."""
    return shutil.which(NODE) is not None


def run_as_written(tape: Tape, style: str, points: Sequence[Mapping[str, Number]]) -> list[dict[str, int]]:
    """Return the outputs of ``tape`` at ``points``, computed by its JavaScript or Python source as ``style`` says.

    Raises OpError if node cannot run it.
    """
    found = _of_javascript(tape, points) if style == "javascript" else _of_python(tape, points)
    (first, *others) = tape.outputs
    return found if others else [{first: value} for value in found]


def _of_python(tape: Tape, points: Sequence[Mapping[str, Number]]) -> list[Any]:
    written: dict[str, Any] = {}
    exec(python_source(tape), written)  # this package wrote the source itself
    return [written["f"](**at) for at in points]


def _of_javascript(tape: Tape, points: Sequence[Mapping[str, Number]]) -> list[Any]:
    """Return the outputs from node. Integers are passed as text, because a double would round them."""
    given = [[str(at[name]) if type(at[name]) is int else at[name] for name in tape.variables] for at in points]
    program = (
        f"{javascript_source(tape)}"
        f"const points = {json.dumps(given)};\n"
        'const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);\n'
        "process.stdout.write(JSON.stringify(points.map((point) => f(...point)), plain));\n"
    )
    ran = subprocess.run([NODE, "-"], input=program, capture_output=True, encoding="utf-8", check=False)
    if ran.returncode:
        said = [line for line in ran.stderr.splitlines() if "Error" in line]
        raise OpError(f"{NODE} ended with {ran.returncode}: {' '.join(said)[:200] or 'no message'}")
    return [
        {name: int(each) for name, each in value.items()} if isinstance(value, dict) else int(value)
        for value in json.loads(ran.stdout)
    ]
