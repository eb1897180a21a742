"""Files of others: the light networks of the package onnx, rapidocr's, silero-vad's, magika's, and what torch exports.

MACs and parameters are counted here a second time, from the shapes that onnx infers or onnxruntime gives, and the
outputs of our network with the weights of the file are held against onnxruntime's.
"""

import warnings
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.spec import expand, load
from calc.spec.write import spec_text

LIGHT = (
    "bvlc_alexnet", "densenet121", "inception_v1", "inception_v2", "resnet50", "shufflenet", "squeezenet", "vgg19",
    "zfnet512",
)  # fmt: skip
SMALL = ("inception_v1", "shufflenet", "squeezenet")
"""Those of few enough weights to be filled with random ones."""
RAPIDOCR = {
    "ch_PP-OCRv4_det_infer": (3, 64, 96),
    "ch_PP-OCRv4_rec_infer": (3, 48, 160),
    "ch_ppocr_mobile_v2.0_cls_infer": (3, 48, 192),
}
SILERO: dict[str, Any] = {
    "silero_vad": {"input": (576,), "state": (2, 128), "sr": (16000,)},
    "silero_vad_16k_op15": {"input": (576,), "sr": (16000,)},
    "silero_vad_16k_sequence": {"input": (4, 576), "h": (1, 1, 128), "c": (1, 1, 128)},
    "silero_vad_half": {"input": (576,)},
    "silero_vad_op18_ifless": {"input": (576,), "sr": (16000,)},
    "silero_vad_openvino_16k": None,
}
NOT_MULTIPLIED = ("running_mean", "running_var")


def file_of(package: str, *path: str) -> str:
    """A file in an installed package."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parent.joinpath(*path))


def light(name: str) -> str:
    return file_of("onnx", "backend", "test", "data", "light", f"light_{name}.onnx")


def macs_of(nodes: Any, sizes: dict[str, tuple[int, ...]]) -> int:
    """The MACs of a batch, from the sizes of what nodes read and make."""
    total = 0
    for node in nodes:
        made = sizes.get(node.output[0], ())
        if node.op_type == "Conv":
            total += prod(made) * prod(sizes[node.input[1]][1:])
        elif node.op_type == "ConvTranspose":
            total += prod(sizes[node.input[0]]) * prod(sizes[node.input[1]][1:])
        elif node.op_type in ("Gemm", "MatMul"):
            total += prod(made) * sizes[node.input[0]][-1]
    return total


@pytest.mark.oracles("onnx")
@pytest.mark.parametrize("name", LIGHT)
def test_the_light_networks_of_onnx(name: str) -> None:
    import onnx

    from calc.onnx.load import import_onnx

    model = onnx.load(light(name))
    graph = onnx.shape_inference.infer_shapes(model).graph
    sizes = {
        each.name: tuple([dim.dim_value for dim in each.type.tensor_type.shape.dim])
        for each in (*graph.value_info, *graph.input, *graph.output)
    }
    tensors = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:
        if node.op_type == "ConstantOfShape":
            sizes[node.output[0]] = tuple(tensors[node.input[0]].tolist())
    statistics = {name for node in graph.node if node.op_type == "BatchNormalization" for name in node.input[3:5]}
    made = [node.output[0] for node in graph.node if node.op_type == "ConstantOfShape"]
    learnt = {name: sizes[name] for name in made} | {
        name: array.shape for name, array in tensors.items() if array.dtype == "float32"
    }
    read = {name for node in graph.node for name in node.input} - statistics
    params = sum(prod(sizes) for name, sizes in learnt.items() if name in read)
    found = analyse(import_onnx(light(name)).graph)
    assert (found.totals.macs, found.totals.params) == (macs_of(graph.node, sizes), params)


@pytest.mark.oracles("onnx", "onnxruntime")
@pytest.mark.parametrize("name", SMALL)
def test_the_light_networks_with_random_weights(name: str, tmp_path: Path) -> None:
    import numpy as np
    import onnx
    import onnxruntime

    from calc.onnx.load import import_onnx
    from tests.verify.test_onnx import SAMPLES, inputs_of, outputs_of

    model = onnx.load(light(name))
    sizes = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    variances = {name for node in model.graph.node if node.op_type == "BatchNormalization" for name in node.input[4:5]}
    numbers = np.random.default_rng(0)
    kept = [node for node in model.graph.node if node.op_type != "ConstantOfShape"]
    for node in model.graph.node:
        if node.op_type == "ConstantOfShape":
            wanted = tuple(sizes[node.input[0]].tolist())
            array = numbers.standard_normal(wanted) / np.sqrt(max(prod(wanted[1:]), 1) / 2)
            array = np.abs(array) + 0.5 if node.output[0] in variances else array
            model.graph.initializer.append(onnx.numpy_helper.from_array(array.astype(np.float32), node.output[0]))
    if kept[-1].op_type == "Softmax":  # of random scores it gives 0 and 1
        model.graph.output[0].CopyFrom(onnx.ValueInfoProto(name=kept.pop().input[0], type=model.graph.output[0].type))
    del model.graph.node[:]
    model.graph.node.extend(kept)
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    found = import_onnx(str(path))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ours, _ = inputs_of(found, SAMPLES)
    wanted = np.concatenate([session.run(None, {next(iter(found.inputs)): x[None].numpy()})[0] for x in ours[0]])
    (made,) = outputs_of(found, ours)
    apart = np.abs(wanted[0] - wanted[1]).max()
    assert np.abs(made - wanted).max() < apart / 100


def check_proof(path: str, sizes: Any = None) -> None:
    """Check that the import of ``path`` equals the file, with its outputs."""
    from calc.onnx.load import import_onnx
    from verify.importers.onnx_file import prove_file

    found = import_onnx(path, sizes)
    proof = prove_file(found, spec_text(found.graph, flat=True))
    assert list(map(str, proof.problems)) == []
    assert "equal in float32" in proof.outputs


@pytest.mark.oracles("onnx", "onnxruntime", "rapidocr_onnxruntime")
@pytest.mark.parametrize("name", RAPIDOCR)
def test_the_networks_of_rapidocr(name: str) -> None:
    import numpy as np
    import onnx
    import onnxruntime

    from calc.onnx.load import import_onnx

    path, sizes = file_of("rapidocr_onnxruntime", "models", f"{name}.onnx"), RAPIDOCR[name]
    model = onnx.load(path)
    held = {
        node.output[0]: onnx.numpy_helper.to_array(node.attribute[0].t)
        for node in model.graph.node
        if node.op_type == "Constant"
    }
    statistics = {name for node in model.graph.node if node.op_type == "BatchNormalization" for name in node.input[3:5]}
    factors = {name for node in model.graph.node if node.op_type == "Resize" for name in node.input[1:]}
    learnt = [each for name, each in held.items() if each.dtype == "float32" and name not in statistics | factors]
    params = sum(each.size for each in learnt if each.size > 1)
    names = [name for node in model.graph.node for name in node.output if name and name not in held]
    del model.graph.output[:]
    model.graph.output.extend([onnx.ValueInfoProto(name=name) for name in names])
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    run = session.run(names, {"x": np.zeros((1, *sizes), np.float32)})
    shapes = {name: array.shape for name, array in (*held.items(), *zip(names, run, strict=True))}
    found = analyse(import_onnx(path, sizes).graph)
    assert (found.totals.macs, found.totals.params) == (macs_of(model.graph.node, shapes | {"x": (1, *sizes)}), params)
    check_proof(path, sizes)


@pytest.mark.oracles("onnx", "onnxruntime", "silero_vad")
@pytest.mark.parametrize("name", SILERO)
def test_the_networks_of_silero_vad(name: str) -> None:
    check_proof(file_of("silero_vad", "data", f"{name}.onnx"), SILERO[name])


@pytest.mark.oracles("onnx", "onnxruntime", "magika")
def test_magika_which_looks_up_by_comparing() -> None:
    check_proof(file_of("magika", "models", "standard_v3_3", "model.onnx"))


EXPORTED = (
    "squeezenet1_1", "mobilenetv2", "mobilenet_v3_small", "resnet18", "mnasnet0_5", "regnet_y_400mf", "efficientnet_b0",
    "googlenet", "squeezenet1_0", "convnext_tiny",
)  # fmt: skip


@pytest.mark.oracles("onnx", "onnxscript")
@pytest.mark.parametrize("name", EXPORTED)
def test_a_spec_as_a_module_as_a_file_as_a_spec_is_the_same(name: str, tmp_path: Path) -> None:
    import torch

    from calc.onnx.load import import_onnx
    from verify.build import build

    graph = expand(load(f"specs/{name}.yaml"))
    path = str(tmp_path / "net.onnx")
    network = build(graph)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that keeps the norms is the older one
        torch.onnx.export(
            network, network.sample(graph, 2), path, dynamo=False, training=torch.onnx.TrainingMode.PRESERVE,
            input_names=["image"], dynamic_axes={"image": {0: "batch"}}, opset_version=17, verbose=False,
        )  # fmt: skip
    found, wanted = analyse(import_onnx(path).graph), analyse(graph)
    assert (found.totals.macs, found.totals.params) == (wanted.totals.macs, wanted.totals.params)
    assert [row.macs for row in found.counts if row.macs] == [row.macs for row in wanted.counts if row.macs]
