"""The options that choose the network of a command."""

from typing import Annotated

import typer

from calc.cli.completion import complete_networks, complete_params


def _planners() -> list[str]:
    from calc.memory import PLANNERS

    return list(PLANNERS)


Spec = Annotated[
    str,
    typer.Argument(
        help="A YAML file, the name of a packaged spec (calc specs), - for standard input, or a source such as "
        "net.py:make_net, net.onnx or timm/resnet18 (calc import --help).",
        autocompletion=complete_networks,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Set a param of the spec. May be repeated.", autocompletion=complete_params
    ),
]
Input = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="[NAME=]SIZES",
        help="The size of one sample, such as 3x160x160. For several inputs, name each: --input text=77.",
    ),
]
Opaque = Annotated[
    bool,
    typer.Option(
        "--opaque",
        help="When a network is imported, keep unknown operations as layers that are not counted. Totals are then "
        "lower bounds ('at least').",
    ),
]
Phase = Annotated[
    str | None,
    typer.Option(
        metavar="PHASE",
        help="The call of a language model: prefill, or decode (one new token).",
        autocompletion=lambda: ["prefill", "decode"],
    ),
]
NewTokens = Annotated[str | None, typer.Option("--tokens", metavar="N", help="The number of new tokens in the call.")]
ContextTokens = Annotated[
    str | None,
    typer.Option("--context", metavar="N", help="The number of all tokens: those in the cache and the new ones."),
]
Kv = Annotated[
    str | None,
    typer.Option(
        metavar="FORMAT",
        help="The format of the KV cache, such as fp16 or q8_0, or of keys and values: k=q8_0,v=q4_0.",
        autocompletion=lambda: ["fp16", "bf16", "fp8", "q8_0", "q4_0"],
    ),
]
Runtime = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Also print the size of the KV cache in vllm, llama.cpp or transformers, with their padding.",
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
        help="Print a lower bound of the time on a device: a packaged one, such as h100_sxm, or a YAML file.",
        autocompletion=_devices,
    ),
]
Energy = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Print the energy by a table of yours, a YAML file with picojoules per MAC and per byte."
    ),
]
MaxLayers = Annotated[
    str | None,
    typer.Option(
        metavar="N", help="The largest number of layers of a spec; by default 10,000, or as many as the file lists."
    ),
]
Deployed = Annotated[
    bool,
    typer.Option("--deployed", help="Count the deployed network: norms folded, activations fused, dropout removed."),
]
Batch = Annotated[str, typer.Option(metavar="N", help="The number of samples. Counts are for the whole batch.")]
Memory = Annotated[
    str,
    typer.Option(
        metavar="PLANNER",
        help="How the memory of activations is planned: liveness (the largest sum of live tensors), arena (a fixed"
        " place for each, as in TensorFlow Lite for Microcontrollers) or in-place (layers overwrite inputs "
        "that nothing else reads).",
        autocompletion=_planners,
    ),
]
