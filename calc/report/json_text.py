"""JSON reports, whose keys are stable for programs, with one layer in each line."""

import json

from calc.analysis import Analysis


def render(analysis: Analysis) -> str:
    """Return the whole analysis. ``Analysis.to_json_dict`` defines the keys."""
    found = analysis.to_json_dict()
    layers = found.pop("layers")
    head = json.dumps(found, indent=2, ensure_ascii=False).removesuffix("\n}")
    rows = ",\n".join(f"    {json.dumps(layer, ensure_ascii=False)}" for layer in layers)
    return f'{head},\n  "layers": [\n{rows}\n  ]\n}}\n'
