"""Describes how inference runtimes change the size of the KV cache.

They round the number of tokens up, and some keep fewer tokens for layers with a sliding window.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from calc.errors import OpError, nearest
from calc.model.graph import Graph
from calc.ops.base import State
from calc.precision.states import StoredState
from calc.serving.full_windows import has_windows
from calc.serving.llama_cpp import FORMATS, NOT_RUN, UNWINDOWED, WINDOWED

FLOATS = ("fp32", "fp16", "bf16")
"""The formats in which a model may be computed. The cache has the same format by default."""
PAGE, CELLS, MICRO_BATCH = 16, 256, 512
"""The tokens of a page of vLLM, the multiple that llama.cpp rounds up to, and its default micro-batch in tokens."""


class KeptTokens(NamedTuple):
    """The tokens of one layer: ``context`` in all, of which it holds ``held`` while the call runs.

    ``window`` is the length of the layer's sliding window, or None if it has none or the context does not fill it.
    """

    context: int
    held: int
    window: int | None


class Runtime(NamedTuple):
    """An inference runtime and its rules for the KV cache.

    ``tokens`` gives the number of tokens that a layer has room for, and ``padding`` describes this rule in words.
    ``formats`` are the formats that the cache may have, and ``mixes`` says that keys may have another than values.
    ``not_run`` has the ``model_type`` of networks that it cannot run.

    ``windowed`` has the ``model_type`` of networks whose sliding windows shorten the cache, and is None if all windows
    do. ``unwindowed`` has the ``model_type`` of networks whose windows do not. Windows of any other network are assumed
    to shorten the cache if some of its layers see the whole context. ``of_window`` describes in words the room of a
    layer with such a window.

    ``remakes`` describes what the runtime does in place of a cache for the output of an encoder; it is empty if the
    runtime has such a cache. ``spreads`` names a layer: in attention beside a layer of this name, shared keys and
    values are stored once for each head of the queries. If all heads share one key, this holds only if a layer called
    ``new_norm`` is beside the block. ``head_rows`` says that a row of the cache is one head, so that the blocks of a
    format must divide the width of a head.
    """

    name: str
    padding: str
    tokens: Callable[[KeptTokens], int]
    formats: tuple[str, ...]
    source: str
    of_window: str = ""
    windowed: frozenset[str] | None = None
    unwindowed: frozenset[str] = frozenset()
    not_run: frozenset[str] = frozenset()
    remakes: str = ""
    spreads: str = ""
    new_norm: str = ""
    head_rows: bool = False
    mixes: bool = False


def _vllm(kept: KeptTokens) -> int:
    slid = kept.held < kept.context  # a window that has moved may begin in the middle of a page
    return PAGE * (-(-kept.held // PAGE) + slid)


def _llama_cpp(kept: KeptTokens) -> int:
    whole = _up(kept.context, CELLS)
    return whole if kept.window is None else min(whole, _up(kept.window + MICRO_BATCH, CELLS))


def _transformers(kept: KeptTokens) -> int:
    if kept.window is None or kept.window == 1:  # it cuts at -window + 1, and x[-0:] is all of x
        return kept.context
    return kept.window - 1


RUNTIMES = {
    runtime.name: runtime
    for runtime in (
        Runtime(
            "vllm",
            f"pages of {PAGE} tokens, and one more page where a window has moved",
            _vllm,
            (*FLOATS, "fp8", "fp8_e5m2"),
            "vllm/v1/kv_cache_interface.py, SlidingWindowSpec; block_size 16; vllm/config/cache.py, CacheDType",
        ),
        Runtime(
            "llama.cpp",
            f"a multiple of {CELLS} cells",
            _llama_cpp,
            FORMATS,
            "llama.cpp, src/llama-kv-cache-iswa.cpp, src/llama-model.cpp, src/models/t5.cpp; -ub 512",
            of_window=f"a window and a micro-batch of {MICRO_BATCH}",
            windowed=WINDOWED,
            unwindowed=UNWINDOWED,
            not_run=NOT_RUN,
            remakes="it computes those of T5 again in each call, and it does not run Whisper",
            head_rows=True,
            mixes=True,
        ),
        Runtime(
            "transformers",
            "no padding; layers with a window keep one token less than the window, which is enough for the next call, "
            "or all tokens if the window is 1 token",
            _transformers,
            ("fp64", *FLOATS),
            "transformers, cache_utils.py, DynamicCache; models/falcon/modeling_falcon.py, _split_heads",
            spreads="query_key_value",  # a layer of Falcon; GPT-NeoX has one too, but shares no heads
            new_norm="ln_attn",
        ),
    )
}
"""The runtimes by their names, as ``--runtime`` takes them."""


def runtime_named(name: str) -> Runtime:
    """Return the runtime called ``name``, in upper or lower case.

    Raises OpError with the nearest name if there is none.
    """
    if not isinstance(name, str) or name.lower() not in RUNTIMES:
        raise OpError(
            f"unknown runtime {str(name)[:40]!r}", nearest(str(name).lower(), RUNTIMES) or f"{', '.join(RUNTIMES)}"
        )
    return RUNTIMES[name.lower()]


def runtime_of(name: str, graph: Graph) -> Runtime:
    """Return the runtime called ``name``, for ``graph``.

    Raises OpError if there is no such runtime, if it cannot run the network, or if it has no cache of the kind that the
    network needs.
    """
    runtime = runtime_named(name)
    if runtime.remakes and any(node.op.values().get("once") for node in graph.nodes):
        fact = f"--runtime {name}: it has no cache for the keys and values of an encoder, which {graph.model} needs"
        raise OpError(fact, runtime.remakes)
    if graph.model_type in runtime.not_run:
        others = [other.name for other in RUNTIMES.values() if graph.model_type not in other.not_run]
        fact = f"--runtime {name}: it does not run networks of the model_type {graph.model_type}, such as {graph.model}"
        raise OpError(fact, " or ".join(others))
    return runtime


def kv_bytes_of(runtime: Runtime, graph: Graph, states: Sequence[StoredState], full: Collection[str]) -> int:
    """Return the bytes of the KV cache of all samples under ``runtime``. Bits are added first and rounded up once.

    ``full`` has the names of the layers whose window is exactly as long as the context. Raises OpError if the runtime
    does not offer a format, or if the format does not fit the width of the heads.
    """
    _check_formats(runtime, states)
    if runtime.head_rows:
        _check_heads(runtime, graph, states)
    kept = [_kept_tokens(graph, state, full) for state in states]
    if not _keeps_to_windows(runtime, graph, [tokens.window is None for tokens in kept]):
        kept = [tokens._replace(window=None) for tokens in kept]
    bits = 0
    spread = _spread(runtime, graph)
    for state, tokens in zip(states, kept, strict=True):
        sizes = _state(graph, state).sizes
        room = (runtime.tokens(tokens), *sizes[:-1], sizes[-1] * spread.get(state.node, 1))
        bits += state.copies * state.format.stored_bits(room)
    return (bits + 7) // 8


def _keeps_to_windows(runtime: Runtime, graph: Graph, is_whole: Collection[bool]) -> bool:
    """Return whether sliding windows shorten the cache.

    ``is_whole`` says of each cache if it has the whole context.
    """
    if runtime.windowed is None:
        return True
    is_known = graph.model_type in runtime.windowed or graph.model_type in runtime.unwindowed
    return graph.model_type in runtime.windowed if is_known else any(is_whole)


def _check_formats(runtime: Runtime, states: Sequence[StoredState]) -> None:
    names = list(dict.fromkeys([state.format.name for state in states]))
    if len(names) > 1 and not runtime.mixes:
        fact = f"--runtime {runtime.name}: it keeps keys and values in one format, but these have {' and '.join(names)}"
        raise OpError(fact, f"--kv {names[0]}".lower())
    for name in names:
        if name not in runtime.formats:
            fact = f"--runtime {runtime.name}: it cannot keep keys and values in {name}"
            raise OpError(fact, f"--kv {' or '.join(runtime.formats)}".lower())


def _check_heads(runtime: Runtime, graph: Graph, states: Sequence[StoredState]) -> None:
    by_node = {state.node: state for state in states}
    for node in graph.nodes:
        fields = node.op.values()
        shared: int = fields.get("num_kv_heads") or fields.get("num_heads") or 0
        for state in [by_node[index] for index in node.inputs[1:3] if shared and index in by_node]:
            width, block = _state(graph, state).sizes[-1] // shared, state.format.columns_multiple
            if width % block:
                fact = f"--runtime {runtime.name}: a head of {node.name} has {width} features"
                raise OpError(f"{fact}, but {state.format.name} needs a multiple of {block}", "--kv fp16 takes any")


def _kept_tokens(graph: Graph, state: StoredState, full: Collection[str]) -> KeptTokens:
    node, kept = graph.nodes[state.node], _state(graph, state)
    past = node.op.values().get("past", 0) if kept.grows else 0
    context = max(kept.read, past) + kept.new
    window = node.op.values().get("sliding_window")
    is_filled = window is not None and (window < context or node.name in full)
    return KeptTokens(context, kept.read + kept.new, window if is_filled else None)


def _state(graph: Graph, state: StoredState) -> State:
    node = graph.nodes[state.node]
    kept = node.op.state(graph.input_shapes(node))
    assert kept is not None, "a stored state is of a layer that keeps one"
    return kept


def padding_of(runtime: Runtime, graph: Graph) -> str:
    """Return a description of what ``runtime`` adds to the cache of ``graph``."""
    heads = set(_spread(runtime, graph).values())
    spread = [f"; keys and values that {count} query heads share are stored {count} times" for count in sorted(heads)]
    return runtime.padding + _of_windows(runtime, graph) + "".join(spread)


def _of_windows(runtime: Runtime, graph: Graph) -> str:
    """Return a description of how ``runtime`` treats the windows of ``graph``; empty if it treats all networks
    alike.
    """
    if runtime.windowed is None or not has_windows(graph):
        return ""
    if graph.model_type in runtime.windowed:
        return f"; in layers with a window, {runtime.of_window}"
    if graph.model_type in runtime.unwindowed:
        return f"; it uses no windows of the model_type {graph.model_type}"
    unknown = f"the model_type {graph.model_type} is not known" if graph.model_type else "no model_type is known"
    return f"; {runtime.of_window} if other layers have none, as {unknown}"


def _spread(runtime: Runtime, graph: Graph) -> dict[int, int]:
    """Return how many copies of a cache ``runtime`` stores, by the index of its node.

    Caches with one copy are left out.

    In the old architecture of Falcon all heads share one key, which is stored once. The new architecture has two norms
    in each block, and its shared keys are copied.
    """
    names = {node.name for node in graph.nodes} if runtime.spreads else set()
    found: dict[int, int] = {}
    for node in graph.nodes if names else ():
        fields = node.op.values()
        heads, shared = fields.get("num_heads"), fields.get("num_kv_heads")
        block = node.name.rpartition(".")[0]
        is_new = shared != 1 or f"{block.rpartition('.')[0]}.{runtime.new_norm}" in names
        if heads and shared and shared < heads and f"{block}.{runtime.spreads}" in names and is_new:
            found |= dict.fromkeys(node.inputs[1:3], heads // shared)
    return found


def _up(tokens: int, step: int) -> int:
    return -(-tokens // step) * step
