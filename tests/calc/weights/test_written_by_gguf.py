"""Small random models, written as files by the package gguf in each file type: their sizes are those of the policy."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.precision import resolve
from calc.spec import expand, loads
from calc.weights.fit import type_fit
from calc.weights.read import read_weights
from calc.workload import workload

LAYERS = 8
SIZES = {"vocabulary": 96, "dim": 256, "depth": LAYERS, "heads": 4, "kv_heads": 2, "hidden": 256}
NARROW = SIZES | {"dim": 96, "heads": 3, "kv_heads": 1, "hidden": 288}
"""Of rows that are no multiple of 256, for which other formats stand in."""
PLAIN = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0"]
MIXED = ["Q2_K", "Q4_K_M", "Q6_K", "IQ2_XS", "IQ4_XS"]


def spec(sizes: dict[str, int]) -> str:
    params = ", ".join([f"{name}: {size}" for name, size in sizes.items()])
    return f"name: small\nextends: decoder\nparams: {{{params}}}\n"


def formats(file_type: str, sizes: dict[str, int]) -> dict[str, str]:
    """The format of each matrix by its name in GGUF."""
    graph = expand(loads(spec(sizes)))
    counts = workload(graph, 1).counts
    policy: Any = resolve(f"gguf:{file_type}")
    given = [each.rule.partition(": ") for each in policy.assign(graph, counts) if each is not None and each.is_written]
    found = {f"{name}.weight": stored for name, _, stored in given}
    held = [each.name for each in policy.held_formats(graph, counts).values()]
    return found | {"token_embd.weight": {"fp32": "F32", "fp16": "F16", "bf16": "BF16"}.get(held[0], held[0])}


def shapes(sizes: dict[str, int]) -> dict[str, tuple[int, ...]]:
    dim, hidden, words = sizes["dim"], sizes["hidden"], sizes["vocabulary"]
    keys = dim // sizes["heads"] * sizes["kv_heads"]
    block = {
        "attn_q": (dim, dim), "attn_k": (keys, dim), "attn_v": (keys, dim), "attn_output": (dim, dim),
        "ffn_gate": (hidden, dim), "ffn_up": (hidden, dim), "ffn_down": (dim, hidden),
        "attn_norm": (dim,), "ffn_norm": (dim,),
    }  # fmt: skip
    found = {f"blk.{at}.{name}.weight": shape for at in range(LAYERS) for name, shape in block.items()}
    return found | {"token_embd.weight": (words, dim), "output.weight": (words, dim), "output_norm.weight": (dim,)}


def written(file_type: str, sizes: dict[str, int], path: Path) -> int:
    """The bytes of the tensors that the package has written to ``path``."""
    gguf = pytest.importorskip("gguf")
    numpy = pytest.importorskip("numpy")
    draws = numpy.random.default_rng(0)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(LAYERS)
    writer.add_head_count(sizes["heads"])
    writer.add_head_count_kv(sizes["kv_heads"])

    @cache
    def packed_as(kind: Any, shape: tuple[int, ...]) -> Any:
        try:
            return gguf.quants.quantize(draws.normal(size=shape).astype("float32"), kind)
        except NotImplementedError:  # the package packs no formats of 256 codes, but knows their sizes
            return draws.integers(0, 256, gguf.quants.quant_shape_to_byte_shape(shape, kind)).astype("uint8")

    chosen, total = formats(file_type, sizes), 0
    for name, shape in shapes(sizes).items():
        kind = gguf.GGMLQuantizationType[chosen.get(name, "F32")]
        packed = packed_as(kind, shape)
        total += packed.nbytes
        writer.add_tensor(name, packed, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return total


@pytest.mark.parametrize(
    "file_type, sizes",
    [*[(each, SIZES) for each in (*PLAIN, *MIXED)], *[(each, NARROW) for each in ("Q4_K_M", "IQ3_XXS", "Q6_K")]],
)
def test_bytes_are_those_of_the_file(file_type: str, sizes: dict[str, int], tmp_path: Path) -> None:
    path = tmp_path / "small.gguf"
    tensors = written(file_type, sizes, path)
    found = read_weights(str(path))
    assert analyse(loads(spec(sizes)), bits=f"gguf:{file_type}").totals.weight_bytes == tensors == found.tensor_bytes
    assert found.file_bytes == found.header_bytes + found.padding_bytes + tensors == path.stat().st_size
    fit = type_fit(found)
    assert fit is not None
    assert not fit.differences
