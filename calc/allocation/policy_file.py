"""An assignment as a YAML file of rules, which ``--bits FILE`` takes."""

import json
from collections.abc import Sequence

from calc.errors import printable
from calc.model.graph import Bits

_GLOBS = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


def policy_text(layers: Sequence[tuple[str, Bits]], comments: Sequence[str], stores: str = "") -> str:
    """A rule a layer, under ``comments``; ``stores``: what is stored beside them, where that is not what is usual."""
    lines = [f"# {printable(comment)}" for comment in comments]
    lines += [f"stores: {stores}"] if stores else []
    lines.append("rules:")
    names = [f"{json.dumps(name.translate(_GLOBS), ensure_ascii=False)}," for name, _ in layers]
    width = max(map(len, names))
    lines += [f"  - {{name: {name:{width}} bits: {bits}}}" for name, (_, bits) in zip(names, layers, strict=True)]
    return "\n".join(lines) + "\n"
