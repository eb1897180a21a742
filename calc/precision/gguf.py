"""GGUF file types as policies: ``Q4_K_M`` gives each tensor of a language model the format that llama.cpp gives it.

The rules of llama.cpp use the names of tensors in GGUF. So the names of layers, which are those of published files, are
translated.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from calc.counts import Counts
from calc.errors import Problem, SpecError
from calc.formats import Format, Stored, format_named, known_format
from calc.formats.plain import whole_format
from calc.model.bits_named import bits_named
from calc.model.graph import Bits, Graph, Node
from calc.ops.attention import Attention
from calc.precision.base import Assigned, Assignment, is_quantised
from calc.precision.roles import FP32, Roles, all_in

TYPE_CHECKING = False  # the rules are only imported when a file type is named
if TYPE_CHECKING:
    from calc.weights.file_types import Matrix

PREFIX = "gguf:"
"""The prefix of a file type that has the name of a format. ``Q6_K`` alone means this format for all matrices."""
IMATRIX = ":imatrix"
"""The ending of a file type that is made with an importance matrix, which changes the format of a few tensors."""
_FILE_TYPE = re.compile(r"i?q\d\w*|tq\d_\d|mxfp4_moe")
_BLOCK = re.compile(r"(?:model\.layers|transformer\.h|gpt_neox\.layers)\.(\d+)\.(.+)")
_WHOLE = {
    "token_embd": ("model.embed_tokens", "transformer.wte", "transformer.word_embeddings", "gpt_neox.embed_in"),
    "output": ("lm_head", "embed_out"),
}  # fmt: skip
_OF_BLOCK = {
    "attn_q": ("self_attn.q_proj",),
    "attn_k": ("self_attn.k_proj",),
    "attn_v": ("self_attn.v_proj",),
    "attn_qkv": ("self_attn.qkv_proj", "attn.c_attn", "attention.query_key_value", "self_attention.query_key_value"),
    "attn_output": ("self_attn.o_proj", "attn.c_proj", "attention.dense", "self_attention.dense"),
    "attn_q_a": ("self_attn.q_a_proj",),
    "attn_q_b": ("self_attn.q_b_proj",),
    "attn_kv_a_mqa": ("self_attn.kv_a_proj_with_mqa",),
    "attn_kv_b": ("self_attn.kv_b_proj",),
    "ffn_gate": ("mlp.gate_proj",),
    "ffn_up": ("mlp.up_proj", "mlp.gate_up_proj", "mlp.c_fc", "mlp.dense_h_to_4h"),
    "ffn_down": ("mlp.down_proj", "mlp.c_proj", "mlp.dense_4h_to_h"),
    "ffn_gate_inp": ("mlp.gate", "mlp.router", "block_sparse_moe.gate"),
    "ffn_gate_exps": ("mlp.experts.*.gate_proj", "block_sparse_moe.experts.*.w1"),
    "ffn_up_exps": ("mlp.experts.*.up_proj", "mlp.experts.*.gate_up_proj", "block_sparse_moe.experts.*.w3"),
    "ffn_down_exps": ("mlp.experts.*.down_proj", "block_sparse_moe.experts.*.w2"),
    "ffn_gate_shexp": ("mlp.shared_experts.gate_proj",),
    "ffn_up_shexp": ("mlp.shared_experts.up_proj",),
    "ffn_down_shexp": ("mlp.shared_experts.down_proj",),
}
_GGUF = {ours: theirs for names in (_WHOLE, _OF_BLOCK) for theirs, several in names.items() for ours in several}
_KINDS = {"falcon": ".self_attention.", "gpt-oss": ".sinks", "qwen3": ".self_attn.q_norm", "deepseek2": ".kv_b_proj"}
"""The architectures of GGUF other than ``llama``, each with a part of its layers' names.

This is only needed for networks that do not state their ``model_type``.
"""
_LLAMAS = frozenset(("llama", "mistral", "mixtral"))
"""The values of ``model_type`` that GGUF calls llama. Of the others, the rules only distinguish falcon and qwen2."""
_LATENT = "attn_kv_b.weight"
"""The matrix that a file has as two, so that keys and values need not be computed from the latents."""
_HALF = Bits(16, 16)


def file_type_named(text: str) -> "FileType | None":
    """Return the file type called ``text`` in any case:

    ``q4_K_M``, ``gguf:q6_K``, ``iq3_xxs:imatrix``; None if there is none.
    """
    given, ending, _ = text.lower().partition(IMATRIX)
    name = given.removeprefix(PREFIX)
    if text.lower() != given + ending or (name == given and not _FILE_TYPE.fullmatch(name)):
        return None  # most texts are decided without reading the rules
    from calc.weights.file_types import file_types

    found = next((known for known in file_types().defaults if known.lower() == name), None)
    if found is None:
        return None
    called = f"{PREFIX if name != given else ''}{found}{ending}"
    return FileType(called, found, bool(ending))


def file_types_like(text: str) -> list[str]:
    """Return the names of file types that the name of a format of GGUF, such as ``q4_K``, may stand for."""
    name = text.lower()
    stored = known_format(name)
    if stored is None or stored.family != "gguf":
        return []
    return [
        f"{PREFIX}{each}" if each == name else each for each in file_type_names() if f"{each}_".startswith(f"{name}_")
    ]


def file_type_names() -> list[str]:
    """Return the names of all file types in lower case."""
    from calc.weights.file_types import file_types

    return [name.lower() for name in file_types().defaults]


class FileType(NamedTuple):
    """The formats of a GGUF file type, with or without an importance matrix."""

    name: str
    file_type: str
    with_imatrix: bool = False

    @property
    def roles(self) -> Roles:
        """The formats by role.

        Norms, biases and tensors without a rule have 32 bits; llama.cpp keeps keys and values as fp16.
        """
        return all_in(FP32)._replace(name=self.name, state=whole_format("fp16"), activations=16)

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        """Return the bits of each node. Raises SpecError for the first layer whose name in GGUF is not known."""
        names = _names(graph, counts)
        chosen = _chosen(self, graph, names)
        found: list[Assigned | None] = []
        for index, row in enumerate(counts):
            if not is_quantised(row):
                found.append(Assigned(_HALF, "activations") if row.products else None)
                continue
            if names[index].endswith(_LATENT):
                found.append(_apart(chosen, *_latent_parts(graph, index, names[index])))
                continue
            stored = chosen[names[index]]
            rule = f"{names[index].partition('.weight')[0]}: {stored or 'F32'}"
            found.append(Assigned(_bits(stored), rule, is_written=True))
        return tuple(found)

    def held_formats(self, graph: Graph, counts: Sequence[Counts]) -> Mapping[int, Format]:
        """Return the formats of embeddings that no head multiplies."""
        names = _names(graph, counts)
        chosen = _chosen(self, graph, names)
        stored = {index: chosen[name] for index, name in names.items() if not counts[index].products}
        return {index: format_named(each) for index, each in stored.items() if each is not None}


@cache
def _bits(stored: str | None) -> Bits:
    found = bits_named(stored or "F32") or Bits(32, 32)
    return found._replace(activation=16, format=found.format or whole_format("fp32"))


def _latent_parts(graph: Graph, index: int, name: str) -> "tuple[Matrix, Matrix]":
    """Return the two matrices that a file has for one of latent attention, by heads: keys, transposed, and values."""
    from calc.weights.file_types import Matrix

    rows, rank = graph.nodes[index].op.parameters(graph.input_shapes(graph.nodes[index]))["weight"]
    attention = next(node for node in graph.nodes[index:] if node.op.word == "scaled_dot_product_attention")
    heads, _, value = graph.nodes[attention.inputs[2]].shape.sizes
    keys, values = (name.replace(_LATENT, f"attn_{letter}_b.weight") for letter in "kv")
    return Matrix(keys, (heads, rank, rows // heads - value)), Matrix(values, (heads, value, rank))


def _apart(chosen: Mapping[str, str | None], *parts: "Matrix") -> Assigned:
    """Return the bits of a matrix that a file has as several ``parts``. BitOps use the widest codes."""
    named = [(part.name.partition(".weight")[0], chosen[part.name], part.sizes) for part in parts]
    rule = ", ".join([f"{name}: {stored or 'F32'}" for name, stored, _ in named])
    formats = {stored for _, stored, _ in named}
    if len(formats) == 1:
        return Assigned(_bits(formats.pop()), rule, is_written=True)
    return Assigned(
        _joined(tuple([(format_named(str(stored)), sizes) for _, stored, sizes in named])), rule, is_written=True
    )


@cache
def _joined(parts: tuple[tuple[Format, tuple[int, ...]], ...]) -> Bits:
    stored = tuple([Stored(each.name, each.stored_bits(sizes), "tensor") for each, sizes in parts])
    code_bits = max([each.code_bits for each, _ in parts])
    name = "+".join([each.name for each, _ in parts])
    return Bits(
        code_bits, 16, Format(name, code_bits, stored, "gguf", "a file has it as two matrices", parts[0][0].source)
    )


def _names(graph: Graph, counts: Sequence[Counts]) -> dict[int, str]:
    """Return, for each node, the name in GGUF of the matrix that it holds or multiplies.

    Raises SpecError if a name is not known.
    """
    found: dict[int, str] = {}
    unknown = []
    for index, (node, row) in enumerate(zip(graph.nodes, counts, strict=True)):
        is_table = node.op.word == "embedding" and "weight" in node.op.parameters(graph.input_shapes(node))
        if not is_table and not is_quantised(row):
            continue
        name = _name(node)
        if name is None:
            unknown.append(node)
        else:
            found[index] = name
    if unknown:
        first, others = unknown[0], f" (and {len(unknown) - 1:,} layers more)" if len(unknown) > 1 else ""
        fact = f"the name of its matrix in GGUF is not known, so a file type gives it no format{others}"
        hint = (
            "file types are for language models that only decode, with the names that published files have, not for "
            "BERT, T5 or Whisper, nor for OPT, which llama.cpp does not run; bf16 and int8:llm are for any"
        )
        raise SpecError([Problem(first.origin, fact, hint, first.name, first.op.word)])
    return found


def _name(node: Node) -> str | None:
    block = _BLOCK.fullmatch(node.name)
    if block is None:
        whole = _GGUF.get(node.name)
        return f"{'token_embd' if whole == 'output' and node.tied else whole}.weight" if whole in _WHOLE else None
    within = _GGUF.get(block[2])
    return f"blk.{block[1]}.{within}.weight" if within in _OF_BLOCK else None


def _chosen(policy: FileType, graph: Graph, names: Mapping[int, str]) -> Mapping[str, str | None]:
    """Return the format of each matrix by its name in GGUF; None for matrices that remain floats."""
    from calc.weights.file_types import Matrix, NetworkFacts, file_types

    nodes = graph.nodes
    matrices: dict[str, Matrix] = {}
    for index, name in names.items():
        node = nodes[index]
        sizes = node.op.parameters(graph.input_shapes(node))["weight"]
        whole = Matrix(name, sizes if node.experts is None else (node.copies, *sizes))
        for matrix in _latent_parts(graph, index, name) if name.endswith(_LATENT) else (whole,):
            matrices.setdefault(matrix.name, matrix)
    attention = next((node.op for node in nodes if isinstance(node.op, Attention)), Attention(num_heads=1))
    of_query = attention.num_heads
    of_key = attention.num_kv_heads or of_query
    experts = max([node.copies for node in nodes], default=1)
    blocks = {block[1] for node in nodes if (block := _BLOCK.fullmatch(node.name))}
    facts = NetworkFacts(
        _architecture(graph), len(blocks), of_query, of_key, experts if experts > 1 else 0, policy.with_imatrix
    )
    return file_types().chosen(policy.file_type, list(matrices.values()), facts)


def _architecture(graph: Graph) -> str:
    if graph.model_type:
        return "llama" if graph.model_type in _LLAMAS else graph.model_type
    return next((kind for kind, part in _KINDS.items() if any(part in node.name for node in graph.nodes)), "llama")
