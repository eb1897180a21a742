"""JSON: the stable machine-readable form, one layer a line."""

import json

from calc.analysis import Analysis


def render(analysis: Analysis) -> str:
    """The whole analysis; ``calc.analysis`` says what the keys are."""
    found = analysis.to_json_dict()
    layers = found.pop("layers")
    head = json.dumps(found, indent=2, ensure_ascii=False).removesuffix("\n}")
    rows = ",\n".join(f"    {json.dumps(layer, ensure_ascii=False)}" for layer in layers)
    return f'{head},\n  "layers": [\n{rows}\n  ]\n}}\n'
