"""An assignment as a YAML file of rules, which ``--bits FILE`` takes."""

import json
from collections.abc import Sequence

from calc.errors import printable
from calc.graph import Bits

_GLOBS = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


def policy_text(layers: Sequence[tuple[str, Bits]], comments: Sequence[str]) -> str:
    """A rule a layer, under ``comments``."""
    lines = [f"# {printable(comment)}" for comment in comments]
    lines.append("rules:")
    width = max([len(name) for name, _ in layers]) + 2
    for name, bits in layers:
        written = f"{json.dumps(name.translate(_GLOBS), ensure_ascii=False)},"
        lines.append(f"  - {{name: {written:{width + 1}} bits: {bits}}}")
    return "\n".join(lines) + "\n"
