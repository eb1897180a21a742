"""An importer that needs no PyTorch: what a callable returns is the text of a spec."""

from collections.abc import Callable

from calc.analysis import analyse
from calc.errors import OpError, Problem, SpecError
from calc.frozen import FrozenDict
from calc.importing import Imported
from calc.importing.proof import Proof
from calc.sources.code import made
from calc.sources.grammar import Source
from calc.sources.importers import ImportOptions
from calc.spec import expand, loads

NET = """
def make_net(width=4):
    return f'''
name: Small
input: [3, 8, 8]
layers:
  stem: {{conv2d: {{out_channels: {width}, kernel_size: 3, bias: false}}}}
  act: relu
  flatten: flatten
  head: {{linear: 10}}
'''
def sized():
    return make_net()
"""
MACS = 4 * 3 * 9 * 6 * 6 + 4 * 6 * 6 * 10
SWIRL = NET.replace("act: relu", "act: {{opaque: {{op: swirl, shape: [4, 6, 6], tensors: none, reason: no such op}}}}")
"""The same with a layer that nobody knows."""
VERSIONS = {"torch": "2.14.0"}


def importer(source: Source, options: ImportOptions) -> Imported:
    """Prints, as a user's code may. What is called ``sized`` needs the sizes of its input."""
    print("from the user's code")
    if source.name == "sized" and options.sizes is None:
        raise OpError(f"{source.text} needs the sizes of its input x", "--input 3x224x224, without the batch")
    text = made(source) if source.kind in ("file", "module") else NET_OF_LIBRARY
    if not isinstance(text, str):
        raise SpecError([Problem(None, f"{source.text}: {type(text).__name__} is no network")])
    if "opaque:" in text and not options.opaque:
        raise SpecError([Problem(None, f"{source.text}: calc has no op for swirl")])
    graph = expand(loads(text), input=options.sizes)
    return Imported(graph, source.text, versions=FrozenDict(VERSIONS), prove=PROVE, not_run=NOT_RUN)


def proved(text: str) -> Proof:
    """As if all were equal."""
    print("from the user's forward")
    analysis = analyse(loads(text))
    return Proof(
        len(analysis.layers), analysis.totals.params, analysis.totals.macs, "outputs at batch 2 equal", PROBLEMS
    )


PROVE: Callable[[str], Proof] | None = proved
NOT_RUN = ""
PROBLEMS: tuple[Problem, ...] = ()


NET_OF_LIBRARY = (
    "name: Net\ninput: [3, 8, 8]\nlayers: {pool: {adaptive_avg_pool2d: 1}, flatten: flatten, fc: {linear: 2}}\n"
)
