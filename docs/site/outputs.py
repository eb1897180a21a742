"""The page of outputs: what JSON, CSV and the lock hold, read off what commands print for the starter network."""

import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import yaml

from calc.cli import main
from calc.cli.version import SCHEMAS
from calc.quantities import quantities

COMMANDS = {
    "calc.run/2": "calc run net.yaml --bits policy.yaml --format json",
    "calc.compare/1": "calc compare net.yaml --bits 8 4 --format json",
    "calc.conventions/1": "calc conventions net.yaml --format json",
    "calc.memory/1": "calc memory net.yaml --bits 8 --memory arena --format json",
    "calc.fit/1": "calc fit gpt2 --memory 1GB --bits 8:llm --context 512 --format json",
    "calc.claims/1": "calc explain net.yaml 1M --format json",
    "calc.check/1": "calc check --format json",
    "calc.diff/1": "calc diff net.yaml 'net.yaml --set width=32' --bits 8 --format json",
    "calc.allocate/1": "calc allocate net.yaml --budget bitops.weight=w6a6 --format json",
    "calc.pareto/1": "calc pareto net.yaml --against bitops.weight --format json",
    "calc.sweep/1": "calc sweep net.yaml --vary classes=10,100 --bits 8 --format json",
    "calc.formats/1": "calc formats int4g128 --format json",
    "calc.list/1": "calc list int4g --format json",
    "calc.weights/1": "calc weights net.safetensors --format json",
    "calc.weights_against/1": "calc weights net.safetensors --against net.yaml --format json",
    "calc.lock/2": "calc.lock.json",
}
"""By schema the command whose output is looked at."""
KEYS = Path(__file__).with_name("outputs.yaml")
_QUANTITIES = {name: each.meaning for each in quantities() for name in (each.name, each.key)}
ELSEWHERE = (
    "calc.evaluate/1",
    "calc.sensitivity/1",
    "calc.train/1",
    "calc.verify/1",
)
"""Those that need PyTorch and data: they are named, and not shown."""


class Field(NamedTuple):
    """A place in JSON: ``layers[].macs``, what stands there, and one value of it."""

    path: str
    kind: str
    example: str


@contextmanager
def started() -> Iterator[None]:
    """In a folder with what ``calc init`` and ``calc lock`` write, and a file of weights."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            printed("calc init")
            Path("net.safetensors").write_bytes(_weights())
            printed("calc lock net.yaml --bits 8 policy.yaml")
            yield
        finally:
            os.chdir(before)


def _weights() -> bytes:
    """A file of weights with two of the starter network's tensors, one of another size."""
    entries = {
        "stem.0.0.weight": {"dtype": "F32", "shape": [16, 3, 3, 3], "data_offsets": [0, 1728]},
        "stem.0.1.weight": {"dtype": "F32", "shape": [8], "data_offsets": [1728, 1760]},
    }
    header = json.dumps(entries).encode()
    return len(header).to_bytes(8, "little") + header + bytes(1760)


def page() -> str:
    """The page: a table for each schema, and the columns of CSV."""
    missing = set(SCHEMAS) - set(COMMANDS) - set(ELSEWHERE)
    assert not missing, f"no command shows {missing}"
    with started():
        return _page()


def _page() -> str:
    known = meanings()
    lines = [
        "# JSON, CSV and the lock",
        "",
        "Every JSON output names its schema, except the rows of a sweep, and `calc --version` lists the schemas. The "
        "number of a schema rises when a key is removed or changes its meaning; new keys do not change it. Counts are "
        "integers of any size, so use a parser that keeps them exact. The tables below show what the commands print "
        "for the network that `calc init` writes. Keys that only other networks have, such as `inputs` where there are "
        "several, are not in them. [Quantities](../quantities.md) defines each number. If some totals are lower "
        "bounds, a list `at_least` names them.",
        "",
        "`calc schema` prints the JSON Schema of the spec language, for editors.",
        "",
    ]
    for schema, command in COMMANDS.items():
        shown = "`calc lock` writes it to `calc.lock.json`" if schema == "calc.lock/2" else f"`{command}`"
        data = shown_by(schema)
        lines += [f"## {schema}", "", shown, "", "| Key | Meaning | Type | Example |", "| --- | --- | --- | --- |"]
        for field in fields(data):
            told = meaning(schema, field.path, known)
            lines.append(f"| `{field.path}` | {told} | {field.kind} | {_code(field.example)} |")
        lines.append("")
    lines += [
        "## Others",
        "",
        f"{', '.join(f'`{name}`' for name in ELSEWHERE)}: printed by the commands of these names.",
        "",
    ]
    lines += [
        "## CSV",
        "",
        "`calc run --format csv` has one row for each layer. Numbers have no separators, and a value that "
        "a layer does not have is empty. The columns are the keys of `layers` in `calc.run/2`:",
        "",
    ]
    head = printed("calc run net.yaml --bits 8 --format csv").partition("\n")[0]
    columns = [(name, meaning("calc.run/2", f"layers.{name}", known)) for name in head.split(",")]
    return "\n".join(
        [*lines, "| Column | Meaning |", "| --- | --- |", *[f"| `{name}` | {told} |" for name, told in columns], ""]
    )


def meanings() -> dict[str, dict[str, str]]:
    """What keys mean: by schema, or ``all``, by key."""
    return dict(yaml.safe_load(KEYS.read_text(encoding="utf-8")))


def meaning(schema: str, path: str, known: dict[str, dict[str, str]]) -> str:
    """The sentence of the key at ``path``. Raises KeyError where nothing is written of it."""
    schema_of, key = written_at(schema, path, known)
    return _QUANTITIES[key] if schema_of == "quantities" else known[schema_of][key]


def written_at(schema: str, path: str, known: dict[str, dict[str, str]]) -> tuple[str, str]:
    """Where the sentence of ``path`` stands: under a schema, under ``all``, or with the quantities; and its key there.

    The longest end of the path that is written of is taken. Raises KeyError where there is none.
    """
    plain = re.sub(r"@[^ ]*$", "", path.replace("[]", ""))
    names = re.sub(r"\belementwise\.\w+$", "elementwise.NAME", plain).split(".")
    ends = [".".join(names[at:]) for at in range(len(names))]
    for end in ends:
        for place, keys in ((schema, known.get(schema, {})), ("quantities", _QUANTITIES), ("all", known["all"])):
            if end in keys:
                return place, end
    raise KeyError(f"{KEYS.name} says nothing of {path} of {schema}")


def shown_by(schema: str) -> object:
    """What the command of ``schema`` prints, in the folder of ``started``."""
    command = COMMANDS[schema]
    text = Path(command).read_text(encoding="utf-8") if schema == "calc.lock/2" else printed(command)
    data = json.loads(text)
    if isinstance(data, dict):  # the rows of a sweep are a list
        assert data["schema"] == schema, f"{command} prints {data['schema']}"
    return data


def fields(data: object, path: str = "") -> Iterator[Field]:
    """Every place in ``data``, lists as their first members together: each path once."""
    found: dict[str, Field] = {}
    for field in _walk(data, path):
        found.setdefault(field.path, field)
    yield from found.values()


def _walk(data: object, path: str) -> Iterator[Field]:
    if isinstance(data, dict) and data:
        if _is_keyed(path):
            for value in list(data.values())[:1]:
                yield from _walk(value, f"{path}.NAME")
            return
        for key, value in data.items():
            yield from _walk(value, f"{path}.{key}" if path else key)
    elif isinstance(data, list) and data and isinstance(data[0], (dict, list)):
        for value in data[:50]:
            yield from _walk(value, f"{path}[]")
    else:
        yield Field(path, _kind(data), json.dumps(data, ensure_ascii=False))


def _is_keyed(path: str) -> bool:
    """Whether the keys are names of the user's network or of its kinds of layers, and not of the schema."""
    return path.rpartition(".")[2] in ("specs", "elementwise", "offsets", "fields")


def _kind(data: object) -> str:
    names = {bool: "true or false", int: "integer", float: "number", str: "text", type(None): "nothing", dict: "object"}
    if isinstance(data, list):
        return f"list of {names.get(type(data[0]), 'values')}s" if data else "list"
    return names[type(data)]


def _code(text: str) -> str:
    short = text if len(text) <= 40 else f"{text[:37]}…"
    return f"`{short.replace('|', chr(92) + '|')}`"


def printed(command: str) -> str:
    """What ``command`` prints, run in this process. Raises RuntimeError where it is bad input."""
    out, err, before = StringIO(), StringIO(), sys.argv
    sys.argv = shlex.split(command)
    os.environ["COLUMNS"] = "120"
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as end:
        if end.code == 2:
            raise RuntimeError(f"{command}: {err.getvalue()}") from None
    finally:
        sys.argv = before
    return out.getvalue()
