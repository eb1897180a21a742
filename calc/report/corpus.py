"""The packaged specs as one table, and as the page docs/zoo.md."""

from calc.analysis import Analysis
from calc.model.inputs import input_cell
from calc.report.markdown import escape_markdown
from calc.report.table import Cell, Column, Table
from calc.spec.shelf import packaged, packaged_specs

COLUMNS = (
    Column("name", "Name", "text"),
    Column("input", "Input", "size", 8),
    Column("params", "Params", "count"),
    Column("macs", "MACs", "count"),
)
POLICIES = ("8", "4", "adaptive")
TOTALS = (
    *COLUMNS,
    Column("bitops_8", "BitOps 8", "count", 6),
    Column("bitops_4", "BitOps 4", "count", 4),
    Column("bitops_adaptive", "BitOps adaptive", "count", 7),
    Column("mib_8", "MiB 8", "number", 3),
    Column("mib_4", "MiB 4", "number", 2),
    Column("mib_adaptive", "MiB adaptive", "number", 5),
    Column("reference", "Identical to", "text", 1),
)
"""The columns with totals.

BitOps are those of the definition ``weight``, and MiB are those of the weights, at each policy.
"""

_INTRODUCTION = """\
# Packaged networks

These are all specs that come with calc, with their own input size and batch 1. `calc specs --totals --format markdown`
prints this page, and a test compares the two.

- **MACs**: multiply–accumulates of convolutions, linear layers and matrix products, including those with zero padding.
  torchvision publishes the same figures, rounded. Segmentation networks are counted at 520×520 and video networks at 16
  frames. Detectors are counted up to the outputs of their heads, R-CNNs with the largest number of proposals and
  detections.
- **BitOps**: MACs × weight bits, with the policies `8`, `4` and `adaptive` (8 bits for the first tenth of the layers, 4
  for the next four tenths, 2 for the rest, 8 for the final classifier).
- **MiB**: the weights of these layers at the same bits, and all other parameters at 32 bits.
- **Name**: a file of [specs](../specs), or of its folders `more` and `language` (language models, at 128 tokens). The
  name in torchvision works too (`mobilenet_v2`). So does the name of a quantised variant (`quantized_resnet50`), which
  has as many MACs and weights.
- **Identical to**: the published network that has the same outputs with the same weights, bit for bit or within 1e-12
  of the largest in float64. `calc verify --all` compares them. A test compares the detectors with torchvision's, up to
  the outputs of their heads.
"""


def row(name: str, analysis: Analysis, totals: bool) -> tuple[Cell, ...]:
    """Return the row of one spec under COLUMNS, or with ``totals`` under TOTALS."""
    cells = (name, input_cell(analysis.graph.input_sizes), analysis.totals.params, analysis.totals.macs)
    if not totals:
        return cells
    at_bits = [analysis.with_bits(policy).totals for policy in POLICIES]
    return (
        *cells,
        *[found.bitops["weight"] for found in at_bits],
        *[f"{found.weight_bytes / 2**20:.2f}" for found in at_bits],
        analysis.graph.reference,
    )


def page(table: Table) -> str:
    """Return the table in Markdown under its introduction. The names are links to the files."""
    rule = ["---:" if column.is_number else "---" for column in table.columns]
    lines = [[column.title for column in table.columns], rule]
    folder, paths = packaged_specs(), packaged()
    for name, *cells in table.texts():
        file = paths[name].relative_to(folder).as_posix()
        lines.append([f"[{escape_markdown(name)}](../specs/{file})", *map(escape_markdown, cells)])
    return f"{_INTRODUCTION}\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)
