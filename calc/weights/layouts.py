"""The layouts of a quantised matrix as several tensors of a safetensors file, known by the names of these tensors.

A header does not state the width of codes that are packed into words. GPTQ and AWQ imply it by the sizes of scales and
zero points. For other layouts, a width is chosen with which the matrix has as many inputs as another tensor has.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from math import prod
from typing import NamedTuple

from calc.weights.stored import StoredTensor

Parts = Mapping[str, StoredTensor]
"""The tensors of a module, by the last part of their names."""
_WIDTHS = (4, 8, 2, 3, 6, 5)
"""The bits of a code, the usual ones first."""
_WORD_BITS = 32


class PackedMatrix(NamedTuple):
    """A matrix that several tensors store.

    ``format`` is its name in ``calc formats``, with the group size if there are several groups. ``words`` maps the name
    of each tensor to its part in the matrix.
    """

    name: str
    sizes: tuple[int, ...]
    format: str
    words: dict[str, str]


def _gptq(module: str, parts: Parts, _known: Collection[int]) -> PackedMatrix | None:
    codes, zeros, scales = parts["qweight"].sizes, parts["qzeros"].sizes, parts["scales"].sizes
    if not len(codes) == len(zeros) == len(scales) == 2 or not prod(codes + zeros + scales):
        return None
    groups, outputs = scales
    bits, rest = divmod(_WORD_BITS * zeros[1], outputs)
    if rest or bits not in _WIDTHS:
        return None
    if codes[1] == zeros[1]:
        kind, inputs = "awq", codes[0]
    elif codes[1] == outputs:
        kind, inputs = "gptq", codes[0] * _WORD_BITS // bits
    else:
        return None
    words = {"qweight": "codes", "qzeros": "zero points", "scales": "scales", "g_idx": "group index"}
    return _packed(f"{module}.weight", (outputs, inputs), f"{kind}{bits}", groups, parts, words)


def _compressed(module: str, parts: Parts, known: Collection[int]) -> PackedMatrix | None:
    codes, scales = parts["weight_packed"], parts["weight_scale"]
    words = {
        "weight_packed": "codes", "weight_scale": "scales", "weight_zero_point": "zero points", "weight_shape": "shape",
        "weight_g_idx": "group index", "weight_global_scale": "scales",
    }  # fmt: skip
    if len(codes.sizes) != 2 or len(scales.sizes) != 2 or not prod(codes.sizes + scales.sizes):
        return None
    rows, columns = codes.sizes
    groups = scales.sizes[1]
    if codes.format == "U8":
        kind = "nvfp4" if scales.format == "F8_E4M3" else "mxfp4"
        return _packed(f"{module}.weight", (rows, 2 * columns), kind, 1, parts, words)
    bits = _width(columns, known)
    sizes = (rows, columns * _WORD_BITS // bits)
    found = _packed(f"{module}.weight", sizes, f"ct{bits}", groups, parts, words)
    asymmetric = found is not None and "weight_zero_point" in parts
    return found._replace(format=f"{found.format}_asym") if found and asymmetric else found


def _mlx(module: str, parts: Parts, known: Collection[int]) -> PackedMatrix | None:
    codes, scales = parts["weight"], parts["scales"]
    if codes.format != "U32" or len(codes.sizes) < 2 or scales.sizes[:-1] != codes.sizes[:-1] or not scales.elements:
        return None
    bits = _width(codes.sizes[-1], known)
    sizes = (*codes.sizes[:-1], codes.sizes[-1] * _WORD_BITS // bits)
    words = {"weight": "codes", "scales": "scales", "biases": "biases"}
    return _packed(f"{module}.weight", sizes, f"mlx{bits}", scales.sizes[-1], parts, words)


def _scaled(module: str, parts: Parts, _known: Collection[int]) -> PackedMatrix | None:
    """Read codes of 8 bits, one in each byte, with their scales."""
    codes = parts["weight"]
    scales = parts.get("weight_scale") or parts.get("weight_scale_inv") or parts["SCB"]
    kinds = {"I8": "int8", "F8_E4M3": "fp8", "F8_E5M2": "fp8_e5m2"}
    if codes.format not in kinds or len(codes.sizes) < 2 or not codes.elements or not scales.elements:
        return None
    kind, groups = kinds[codes.format], 1
    if "SCB" in parts:
        kind = "bnb_int8"
    elif scales.elements == 1:
        kind += "_tensor"
    elif scales.elements == codes.sizes[0] and len(codes.sizes) == 2:
        kind += "" if codes.format == "I8" else "_channel"
    elif scales.sizes[0] == codes.sizes[0]:
        groups = scales.sizes[-1]
    else:
        kind += "_tile128"
    words = {"weight": "codes", "weight_zero_point": "zero points", "weight_format": "tables"}
    words |= dict.fromkeys(("weight_scale", "weight_scale_inv", "SCB"), "scales")
    return _packed(f"{module}.weight", codes.sizes, kind, groups, parts, words)


def _bitsandbytes(module: str, parts: Parts, _known: Collection[int]) -> PackedMatrix | None:
    codes = parts["weight"]
    state = next((part for part in parts if part.startswith("weight.quant_state.bitsandbytes__")), "")
    if codes.format != "U8" or not state:
        return None
    kind = "nf4" if state.endswith("nf4") else "bnb_fp4"
    double = "_double" if "weight.nested_absmax" in parts else ""
    words = {"weight": "codes", "weight.absmax": "scales", "weight.nested_absmax": "scales"}
    words |= dict.fromkeys(("weight.quant_map", "weight.nested_quant_map", state), "tables")
    return _packed(f"{module}.weight", (2 * codes.elements, 1), f"{kind}{double}", 1, parts, words)


LAYOUTS: tuple[tuple[frozenset[str], Callable[[str, Parts, Collection[int]], PackedMatrix | None]], ...] = (
    (frozenset({"qweight", "qzeros", "scales"}), _gptq),
    (frozenset({"weight_packed", "weight_scale"}), _compressed),
    (frozenset({"weight", "scales", "biases"}), _mlx),
    (frozenset({"weight", "weight.absmax"}), _bitsandbytes),
    (frozenset({"weight", "weight_scale"}), _scaled),
    (frozenset({"weight", "weight_scale_inv"}), _scaled),
    (frozenset({"weight", "SCB"}), _scaled),
)
"""The parts that a module needs for each layout, and the function that makes a matrix of them."""


def matrices(module: str, parts: Parts, known: Collection[int]) -> Iterator[PackedMatrix]:
    """Yield the matrices that the tensors of ``module`` store together. ``known`` are sizes that other tensors have."""
    for needed, layout in LAYOUTS:
        if needed <= parts.keys():
            found = layout(module, parts, known)
            if found is not None:
                yield found
                return
    for part, codes in parts.items():  # one tensor for all experts, as in gpt-oss
        scales = parts.get(f"{part.removesuffix('_blocks')}_scales")
        if part.endswith("_blocks") and scales is not None and codes.sizes[:-1] == scales.sizes and scales.sizes:
            sizes = (*codes.sizes[:-2], codes.sizes[-2] * codes.sizes[-1] * 2)
            words = {codes.name: "codes", scales.name: "scales"}
            yield PackedMatrix(codes.name.removesuffix("_blocks"), sizes, "mxfp4", words)


def _packed(
    name: str, sizes: tuple[int, ...], kind: str, groups: int, parts: Parts, words: Mapping[str, str]
) -> PackedMatrix:
    format_ = kind if groups == 1 else f"{kind}g{-(-sizes[-1] // groups)}"
    return PackedMatrix(name, sizes, format_, {parts[part].name: word for part, word in words.items() if part in parts})


def _width(columns: int, known: Collection[int]) -> int:
    """Return the bits of a code with which ``columns`` words have a known number of inputs; 4 if no width has."""
    return next((bits for bits in _WIDTHS if columns * _WORD_BITS // bits in known), _WIDTHS[0])
