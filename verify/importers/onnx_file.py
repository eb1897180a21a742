"""The proof that an ONNX file was imported correctly.

The spec is built as a network with the weights of the file, and its outputs are compared with those of onnxruntime.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import torch

from calc.analysis import Analysis, analyse
from calc.errors import OpError, SpecError
from calc.importing import Proof
from calc.importing.value import BatchAxis
from calc.model.graph import buffers, parameters
from calc.onnx.left_out import left_out
from calc.onnx.load import OnnxImported
from calc.onnx.read import read_model
from calc.onnx.stored import INTEGERS
from calc.onnx.values import HeldWeight
from calc.spec import expand, loads
from calc.spec.write import first_difference
from verify.build import Network, build
from verify.errors import VerifyError
from verify.importers.beside import LEAST_CONTRAST, OutputPair, as_foreign, samples_first
from verify.importers.outputs import TOLERANCE, Discrepancy
from verify.importers.proof import proof_of
from verify.importers.samples import BATCH, samples
from verify.measure import MeasureError, measure

FOREIGN = "file"
SCALES = (1.0, 10.0, 100.0, 1000.0)
"""The factors by which the inputs are multiplied, one run for each."""
_LARGEST_AFTER_A_DIFFERENCE = 10.0
TOLERATED = {"float32": (TOLERANCE[torch.float32], LEAST_CONTRAST), "float16": (5e-3, 10), "bfloat16": (4e-2, 5)}
"""The largest difference that counts as rounding, as a fraction of the largest value, by the float type of the file:
about 5 units in the last place for half precision. The second number is the least contrast of two samples."""


def prove_file(found: OnnxImported, text: str) -> Proof:
    """Compare the spec ``text`` with the file: layers, tensors, outputs, and the measured MACs of each layer.

    The result lists every difference. Outputs are not compared if the file rounds activations, because a spec states
    the number of bits and not the values. Without onnxruntime only the network of the spec is run. If a layer is not
    known, nothing is run.
    """
    try:
        graph = expand(loads(text, found.source), max_layers=len(found.graph.nodes))
    except (SpecError, OpError) as error:
        fact = f"the spec that would be written is refused: {str(error).splitlines()[0]}"
        return proof_of(analyse(found.graph), found.source, [Discrepancy("", fact)], "outputs not compared", FOREIGN)
    analysis, words, remark = analyse(graph), "outputs not compared", ""
    differences = [*_text_differences(found, analysis), *_weight_differences(found, analysis)]
    if analysis.unknown:
        words = remark = "not run, since not all of its layers are known"
    elif not differences:
        try:
            network = _with_weights(found, analysis)
            differences += _count_differences(analysis, network)
            if any(node.bits is not None for node in graph.nodes):
                words = remark = "outputs not compared, because the file rounds activations"
            elif find_spec("onnxruntime") is None:
                words = remark = "outputs not compared with the file's, since onnxruntime is not installed"
            else:
                differences += _differences_at_any_scale(found, analysis, network)
                words = "outputs DIFFER" if differences else f"outputs at batch {BATCH} equal in {_floats(found)}"
        except (VerifyError, MeasureError) as error:
            differences.append(Discrepancy(error.layer, error.fact if isinstance(error, VerifyError) else str(error)))
    return replace(proof_of(analysis, found.source, differences, words, FOREIGN), remark=remark)


def _text_differences(found: OnnxImported, analysis: Analysis) -> Iterator[Discrepancy]:
    different = first_difference(found.graph, analysis.graph)
    if different:
        yield Discrepancy("", f"the spec that would be written is another network: {different}")


def _weight_differences(found: OnnxImported, analysis: Analysis) -> Iterator[Discrepancy]:
    for key, sizes in (parameters(analysis.graph) | buffers(analysis.graph)).items():
        held = found.weights.get(key)
        if held is None:
            if not key.endswith("num_batches_tracked"):
                yield Discrepancy(key.rpartition(".")[0], f"its tensor {key} is not in the file")
        elif tuple(held.array().shape) != sizes:
            fact = f"its tensor {key} is {list(sizes)} in the spec, but {list(held.array().shape)} in the file"
            yield Discrepancy(key.rpartition(".")[0], fact)
    if not analysis.unknown:
        for tensor, missing in left_out(read_model(found.source), found.weights.values(), found.parts):
            which = f"{missing:,} of the {tensor.elements:,} elements of {tensor.name[:60]}"
            yield Discrepancy("", f"its outputs depend on {which}, which no layer has")


def _with_weights(found: OnnxImported, analysis: Analysis) -> Network:
    network = build(analysis.graph, initialise=False)
    state = {}
    for key, own in network.state_dict().items():
        held = found.weights.get(key)
        state[key] = torch.zeros_like(own) if held is None else torch.tensor(held.array()).to(own.dtype)
    network.load_state_dict(state, strict=True)
    return network


def _count_differences(analysis: Analysis, network: Network) -> Iterator[Discrepancy]:
    measured = measure(network, network.layers, Network.sample(analysis.graph, 1, "meta"))
    for node, counts in zip(analysis.graph.nodes, analysis.counts, strict=True):
        row = measured.rows.get(node.name)
        if row is not None and row.dispatcher_macs != counts.macs:
            yield Discrepancy(node.name, f"{row.dispatcher_macs:,} MACs run in it, but the spec has {counts.macs:,}")


def _differences_at_any_scale(found: OnnxImported, analysis: Analysis, network: Network) -> list[Discrepancy]:
    """Return the differences for the first of ``SCALES``, or none if each output is equal at one of them.

    With one scale, for example, a sigmoid at the end may return nearly the same for all inputs, which proves nothing.
    After a difference no scale above 10 is tried, because inputs that are so large hide a wrong bias.
    """
    first: dict[str, _Fault] = {}
    left = set(found.outputs)
    differ = False
    for scale in SCALES:
        if differ and scale > _LARGEST_AFTER_A_DIFFERENCE:
            break
        faults = _output_faults(found, analysis, network, scale)
        left &= faults.keys()
        if not left:
            return []
        first = first or faults
        differ |= any(fault.differs for fault in faults.values())
    return [Discrepancy("", f"the output {name} {fault.fact}") for name, fault in first.items()]


class _Fault(NamedTuple):
    """The reason why an output is not equal. It ``differs``, or it is the same for both samples."""

    fact: str
    differs: bool


def _output_faults(found: OnnxImported, analysis: Analysis, network: Network, scale: float) -> dict[str, _Fault]:
    """Return the faults of outputs by name, for inputs multiplied by ``scale``.

    Raises VerifyError if outputs are missing.
    """
    inputs = _inputs(found, analysis, scale)
    with torch.no_grad():
        returned = network(*inputs)
    ours = returned if isinstance(returned, tuple) else (returned,)
    theirs = _run(found, inputs)
    if len(ours) != len(theirs):
        raise VerifyError(f"the file has {len(theirs)} outputs, but the network has {len(ours)}")
    tolerance, least_contrast = TOLERATED[_floats(found)]
    faults = {}
    for (name, batch), one, other in zip(found.outputs.items(), theirs, ours, strict=True):
        pair = OutputPair(one.to(other.dtype), other, batch is not None or len(one) > 1)
        difference = pair.fault() or pair.difference(tolerance)
        fact = difference or pair.sameness(tolerance, least_contrast)
        if fact:
            faults[name] = _Fault(fact, bool(difference))
    return faults


def _inputs(found: OnnxImported, analysis: Analysis, scale: float) -> tuple[torch.Tensor, ...]:
    """Return samples as inputs. Floats are multiplied by ``scale`` and rounded if the file wants integers."""
    types = {each.name: each.type for each in read_model(found.source).inputs}
    scaled = [each * scale if each.is_floating_point() else each for each in samples(analysis.graph)]
    named = zip(found.inputs, scaled, strict=True)
    return tuple([each.trunc() if types[name] in INTEGERS else each for name, each in named])


def _floats(found: OnnxImported) -> str:
    """Return the least precise float type in which the file stores weights."""
    held = {each.stored.type for each in found.weights.values() if isinstance(each, HeldWeight)}
    return max(held & TOLERATED.keys(), key=TOLERATED.__getitem__, default="float32")


def _run(found: OnnxImported, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Return the outputs of onnxruntime with the batch in front. Raises VerifyError.

    If the file takes a batch of 1 only, the samples are run one by one.
    """
    try:
        import onnxruntime

        onnxruntime.set_default_logger_severity(4)
        session = onnxruntime.InferenceSession(found.source, providers=["CPUExecutionProvider"])
        types = {each.name: each for each in session.get_inputs()}
        fixed = any(
            batch is None or isinstance(types[name].shape[batch.axis], int) for name, batch in found.inputs.items()
        )
        runs = [inputs] if not fixed else [[each[at : at + 1] for each in inputs] for at in range(BATCH)]
        made = [session.run(list(found.outputs), _fed(found, run, types)) for run in runs]
    except Exception as error:  # onnxruntime raises its own exception types
        raise VerifyError(f"onnxruntime cannot run it: {str(error).splitlines()[0][:200]}") from None
    return [_joined(parts, batch) for parts, batch in zip(zip(*made, strict=True), found.outputs.values(), strict=True)]


def _fed(found: OnnxImported, inputs: Sequence[torch.Tensor], types: Any) -> dict[str, Any]:
    arrays = {name: np.array(number, _TYPES.get(types[name].type)) for name, number in found.numbers.items()}
    for (name, batch), each in zip(found.inputs.items(), inputs, strict=True):
        arrays[name] = as_foreign(each, batch).numpy().astype(_TYPES.get(types[name].type, "float32"))
    return arrays


def _joined(parts: Sequence[Any], batch: BatchAxis | None) -> torch.Tensor:
    return torch.cat([samples_first(torch.from_numpy(part), batch) for part in parts])


_TYPES = {
    "tensor(float16)": "float16", "tensor(double)": "float64", "tensor(int64)": "int64", "tensor(int32)": "int32",
    "tensor(bool)": "bool", "tensor(uint8)": "uint8",
}  # fmt: skip
"""The types of inputs that are not float32, by their names in onnxruntime."""
