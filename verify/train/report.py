"""Reports on a run: the table of epochs, the curves, and BitOps by calc and measured."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from calc.report.pages import Page, Section
from calc.report.table import ALWAYS, Column, Table
from verify.build import Network
from verify.compare import measured_bitops
from verify.measure import measure
from verify.plot import COLOURS, picture
from verify.train.options import Epoch
from verify.train.trainer import Trainer
from verify.weight_bits import by_layer, measured_weight_bits

SCHEMA = "calc.train/1"
TITLES = {
    "Epoch": ALWAYS,
    "Train loss": 4,
    "Train acc %": 3,
    "Val loss": 5,
    "Val acc %": ALWAYS,
    "LR": 2,
    "s": 1,
}
"""The columns of the table of epochs, with their importance."""
_LAYERS = (
    Column("layer", "Layer", "text"),
    Column("macs", "MACs", "count", 2),
    Column("bits", "Bits", "number", 4),
    Column("needed", "needed", "number", 3),
    Column("calc", "BitOps calc", "count"),
    Column("measured", "measured", "count"),
)


class LayerBitOps(NamedTuple):
    """One layer: MACs by the dispatcher, and BitOps (weight) by calc and from the codes that the run used."""

    layer: str
    macs: int
    bits: int
    needed: str
    calc: int
    measured: int | None


def history_cells(row: Epoch) -> tuple[str, ...]:
    """Return the cells of one epoch, in the order of TITLES."""
    return (
        str(row.epoch),
        f"{row.train_loss:.3f}",
        f"{row.train_accuracy:.1f}",
        f"{row.validation_loss:.3f}",
        f"{row.validation_accuracy:.1f}",
        f"{row.learning_rate:.1e}",
        f"{row.seconds:.0f}",
    )


def training_bitops(trainer: Trainer) -> list[LayerBitOps]:
    """Return the BitOps of each layer, by calc and measured: dispatcher's MACs × bits that the trained codes need."""
    network, analysis = trainer.network.eval(), trainer.analysis
    inputs = Network.sample(analysis.graph, 1, trainer.device)
    counted = measure(network, network.layers, inputs)
    rounded = trainer.quantiser.rounded(network)
    weights = {weight: rounded[name] for weight, name in by_layer(rounded, network.layers).items()}
    needed = measured_weight_bits(analysis, network, inputs, weights)
    found = measured_bitops(analysis, counted, needed)
    rows = []
    for index, (node, given) in enumerate(zip(analysis.graph.nodes, analysis.assigned, strict=True)):
        if given is None:
            continue
        bits = "/".join(map(str, found[node.name].bits)) or str(given.bits.weight)
        calc = int(analysis.bitops[index]["weight"])
        macs = counted.rows[node.name].dispatcher_macs
        rows.append(LayerBitOps(node.name, macs, given.bits.weight, bits, calc, found[node.name].bitops))
    return rows


def measured_total(rows: Sequence[LayerBitOps]) -> int | None:
    """Return the sum of the measured BitOps; None if those of a layer cannot be known."""
    measured = [row.measured for row in rows]
    return None if None in measured else sum(value for value in measured if value is not None)


def epochs(history: Sequence[Epoch]) -> Table:
    """Return the table of epochs, one line for each."""
    columns = tuple([Column(title, title, "number", importance) for title, importance in TITLES.items()])
    return Table(columns, tuple(map(history_cells, history)))


def page(trainer: Trainer, bits: str, rows: Sequence[LayerBitOps], folder: str) -> Page:
    """Return a page with the epochs, the BitOps of the layers and their sums, and the folder of the files."""
    total = ("total", sum(row.macs for row in rows), "", "", sum(row.calc for row in rows), measured_total(rows))
    last, best = trainer.history[-1], best_of(trainer.history)
    notes = (
        f"{trainer.analysis.graph.model} at {bits}: validation accuracy {last.validation_accuracy:.1f} %, "
        f"best {best.validation_accuracy:.1f} % in epoch {best.epoch}",
        "needed: the bits of the trained codes; measured: PyTorch's count of MACs × needed",
        f"{folder} holds last.pt, best.pt, log.csv",
    )
    return Page((), (Section("", epochs(trainer.history)), Section("", Table(_LAYERS, (*rows, total)), notes)), None)


def to_json(trainer: Trainer, bits: str, rows: Sequence[LayerBitOps]) -> str:
    """Return the report of a run as JSON."""
    found = {
        "schema": SCHEMA,
        "model": trainer.analysis.graph.model,
        "bits": bits,
        "validation_accuracy": trainer.history[-1].validation_accuracy,
        "best_validation_accuracy": best_of(trainer.history).validation_accuracy,
        "bitops": {"calc": sum(row.calc for row in rows), "measured": measured_total(rows)},
        "epochs": [row._asdict() for row in trainer.history],
        "layers": [row._asdict() for row in rows],
    }
    return json.dumps(found, indent=2) + "\n"


def best_of(history: Sequence[Epoch]) -> Epoch:
    """Return the first epoch with the best validation accuracy."""
    return max(history, key=lambda row: row.validation_accuracy)


def curves(history: Sequence[Epoch], path: str, title: str) -> None:
    """Plot loss and accuracy of training and validation over the epochs."""
    numbers = [row.epoch for row in history]
    with picture(path, 9, 3.6, columns=2) as axes:
        for axis, what, unit in zip(axes, ("loss", "accuracy"), ("nats", "%"), strict=True):
            for phase, colour, style in (("train", COLOURS[0], "o-"), ("validation", COLOURS[1], "s--")):
                axis.plot(
                    numbers, [getattr(row, f"{phase}_{what}") for row in history], style, color=colour, label=phase
                )
            axis.set_xlabel("epoch")
            axis.set_ylabel(f"{what}, {unit}")
            axis.xaxis.get_major_locator().set_params(integer=True)
            axis.grid(alpha=0.3)
        axes[0].legend()
        axes[0].set_title(title, loc="left")
