"""A run as its table of epochs, its curves, and at the end the BitOps, calc's beside those measured."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.report.plain import table_text
from calc.report.table import Column, Table
from verify.build import Network
from verify.compare import measured_bitops
from verify.measure import measure
from verify.plot import COLOURS, picture
from verify.train.options import Epoch
from verify.train.trainer import Trainer
from verify.weight_bits import measured_weight_bits

TITLES = ("Epoch", "Train loss", "Train acc %", "Val loss", "Val acc %", "LR", "s")
_LAYERS = (
    Column("layer", "Layer", "text"),
    Column("macs", "MACs", "count"),
    Column("bits", "Bits calc", "number"),
    Column("needed", "Bits measured", "number"),
    Column("calc", "BitOps calc", "count"),
    Column("measured", "BitOps measured", "count"),
)


class LayerBitOps(NamedTuple):
    """One layer: MACs by the dispatcher, and BitOps (weight) by calc and from the codes that the run multiplied."""

    layer: str
    macs: int
    bits: int
    needed: str
    calc: int
    measured: int | None


def cells(row: Epoch) -> tuple[str, ...]:
    """One epoch as texts under TITLES."""
    return (
        str(row.epoch),
        f"{row.train_loss:.3f}",
        f"{row.train_accuracy:.1f}",
        f"{row.validation_loss:.3f}",
        f"{row.validation_accuracy:.1f}",
        f"{row.learning_rate:.1e}",
        f"{row.seconds:.0f}",
    )


def epochs_text(history: Sequence[Epoch]) -> str:
    """The epochs as plain text."""
    columns = tuple(Column(title, title, "number") for title in TITLES)
    return table_text(Table(columns, tuple(map(cells, history))))


def bitops(trainer: Trainer) -> list[LayerBitOps]:
    """Each layer's BitOps, calc's and measured: dispatcher's MACs × the bits that the trained codes need."""
    network, analysis = trainer.network.eval(), trainer.analysis
    inputs = Network.sample(analysis.graph, 1).to(trainer.device)
    counted = measure(network, network.layers, inputs)
    needed = measured_weight_bits(analysis, network, inputs, trainer.quantiser.rounded(network))
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


def bitops_text(rows: Sequence[LayerBitOps]) -> str:
    """The layers and their sums; BitOps are MACs × weight bits."""
    measured = [row.measured for row in rows]
    total = None if None in measured else sum(value for value in measured if value is not None)
    last = ("total", sum(row.macs for row in rows), "", "", sum(row.calc for row in rows), total)
    return table_text(Table(_LAYERS, (*rows, last)))


def curves(history: Sequence[Epoch], path: str, title: str) -> None:
    """Training and validation, loss and accuracy, over the epochs."""
    epochs = [row.epoch for row in history]
    with picture(path, 9, 3.6, columns=2) as axes:
        for axis, what, unit in zip(axes, ("loss", "accuracy"), ("nats", "%"), strict=True):
            for phase, colour, style in (("train", COLOURS[0], "o-"), ("validation", COLOURS[1], "s--")):
                axis.plot(
                    epochs, [getattr(row, f"{phase}_{what}") for row in history], style, color=colour, label=phase
                )
            axis.set_xlabel("epoch")
            axis.set_ylabel(f"{what}, {unit}")
            axis.xaxis.get_major_locator().set_params(integer=True)
            axis.grid(alpha=0.3)
        axes[0].legend()
        axes[0].set_title(title, loc="left")
