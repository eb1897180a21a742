"""The options that say which network a command is about."""

from typing import Annotated

import typer

from calc.cli.completion import complete_networks, complete_params


def _planners() -> list[str]:
    from calc.memory import PLANNERS

    return list(PLANNERS)


Spec = Annotated[
    str,
    typer.Argument(
        help="A YAML file, the name of a packaged spec (calc specs), - for standard input, or a network where it is, "
        "such as net.py:make_net or timm/resnet18 (calc import --help).",
        autocompletion=complete_networks,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Give a param of the spec; may be repeated.", autocompletion=complete_params
    ),
]
Input = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="[NAME=]SIZES",
        help="Input of one sample, such as 3x160x160; of several inputs text=77, once for each.",
    ),
]
Opaque = Annotated[
    bool,
    typer.Option(
        "--opaque",
        help="Of a network that is imported: keep what calc cannot say as layers that are not counted; totals are then "
        "'at least'.",
    ),
]
Phase = Annotated[
    str | None,
    typer.Option(
        metavar="PHASE",
        help="The call of a language model: prefill, or decode, one new token.",
        autocompletion=lambda: ["prefill", "decode"],
    ),
]
NewTokens = Annotated[str | None, typer.Option("--tokens", metavar="N", help="New tokens of the call.")]
ContextTokens = Annotated[
    str | None, typer.Option("--context", metavar="N", help="Tokens in all, those in the cache and the new ones.")
]
Kv = Annotated[
    str | None,
    typer.Option(
        metavar="FORMAT",
        help="The format of the keys and values that attention keeps from call to call, such as fp16 or q8_0; or of "
        "each, k=q8_0,v=q4_0.",
        autocompletion=lambda: ["fp16", "bf16", "fp8", "q8_0", "q4_0"],
    ),
]
Runtime = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Tell the cache with the padding of vllm, llama.cpp or transformers too.",
        autocompletion=lambda: ["vllm", "llama.cpp", "transformers"],
    ),
]


def _devices(incomplete: str) -> list[str]:
    from calc.serving.device import device_names

    return [name for name in device_names() if name.startswith(incomplete)]


Device = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="Tell the least time of a call on a device: a packaged one, such as h100_sxm, or a YAML file.",
        autocompletion=_devices,
    ),
]
Energy = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Tell the energy by a YAML file: picojoules a MAC by bits, a byte by memory."),
]
MaxLayers = Annotated[
    str | None,
    typer.Option(metavar="N", help="Layers that a spec may come to; 10,000 by default, or as many as it writes out."),
]
Deployed = Annotated[
    bool,
    typer.Option(
        "--deployed", help="Count the network as it is deployed: norms folded, activations fused, dropout dropped."
    ),
]
Batch = Annotated[str, typer.Option(metavar="N", help="Samples; every count is then for the whole batch.")]
Memory = Annotated[
    str,
    typer.Option(
        metavar="PLANNER",
        help="Who plans the memory of activations: liveness (the largest sum alive), arena (a place for each, as TFLM "
        "lays them out) or in-place (layers write over what nothing reads any more).",
        autocompletion=_planners,
    ),
]
