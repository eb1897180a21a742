"""Recognises a file that is an earlier report, which a new report may replace without being asked to.

The beginning of the file decides, not its name: JSON has one of our schemas, a table a ruled line, CSV our columns, and
a picture is of the same format. An empty file may be replaced too.
"""

import re
from pathlib import Path

_HEAD = 65536
"""The number of bytes that are looked at."""
_TEXT = re.compile(
    r"""^-+(\ +-+)+\s*$                                        # the line under a table's titles
    | \A[a-z]+(\ [a-z]+)*\ {2,}\S                              # a line above a table, such as: model  ResNet-18
    | (\A|\n)[\d,]+\ specs?(\ checked|\ as\ locked|:)          # the gate's verdict
    | \A::(error|warning|notice)\ """,
    re.MULTILINE | re.VERBOSE,
)
_JSON = re.compile(r'\A[\[{].*?("schema": "calc\.|"macs": |"title": "A network, for calc"|/sarif-2)', re.DOTALL)
_COLUMNS = {"macs", "bits", "unit", "quantity", "formula", "verdict"}
"""Each CSV file of this package has a column with one of these names."""
_MARKDOWN = re.compile(r"\A(<!-- calc |# (The zoo|Packaged networks)\n|## .* \(.*\)\n\n- |- [a-z ]+: |\| [A-Z])")


def is_earlier(path: Path, format_name: str) -> bool:
    """Return True if the file at ``path`` is empty or looks like a report in ``format_name``. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(_HEAD)
    if not data:
        return True
    start = _BYTES.get(format_name)
    if start is not None:
        return data.startswith(start)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end < len(data):
            return False
        text = data[: error.start].decode("utf-8-sig")  # the last character was cut
    if format_name == "csv":
        return not _COLUMNS.isdisjoint(text.partition("\n")[0].strip().split(","))
    pattern = _PATTERNS.get(format_name)
    return pattern is not None and pattern.search(text) is not None


_BYTES = {"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-"}
_PATTERNS = {
    "table": _TEXT,
    "text": _TEXT,
    "github": _TEXT,
    "json": _JSON,
    "jsonl": _JSON,
    "sarif": _JSON,
    "markdown": _MARKDOWN,
    "latex": re.compile(r"\A% needs \\usepackage\{booktabs"),
    "junit": re.compile(r'\A<\?xml[^>]*>\s*<testsuites name="calc '),
    "svg": re.compile(r"\A(<\?xml[^>]*>\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg"),
    "html": re.compile(r"\A\s*<(!doctype html|html)", re.IGNORECASE),
    "page": re.compile(
        r'\A<!DOCTYPE html>\s*<html[^>]*>\s*<head>\s*<meta[^>]*>\s*<meta name="generator" content="calc page"'
    ),
    "spec": re.compile(
        r"\A(# .*: (written out by calc write\n|imported by calc import\b)|"
        r"name: .*\nsource: its config\.json\nmodel_type: )"
    ),
    "policy": re.compile(r"\A# .*: bits by calc allocate\n"),
    # also if it was cut, or has a merge conflict
    "lock": re.compile(r'\A\{.*?"schema": "calc\.lock/|\A<<<<<<< |\A\s*\{?\s*\Z', re.DOTALL),
}
