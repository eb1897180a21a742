"""The networks of transformers, from a config, and their tensors as our modules have them."""

import json
from contextlib import AbstractContextManager
from typing import Any

from calc.configs import text_of_config
from calc.model.graph import Graph
from calc.spec import ModelSpec, loads

ENCODERS = ("bert", "roberta")


def in_doubles() -> AbstractContextManager[Any]:
    """Where transformers asks for float32 (norms, softmax, angles), it gets float64: only so are 12 digits equal."""
    import torch
    from torch.overrides import TorchFunctionMode

    class Doubles(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func is torch.Tensor.float:
                return args[0].double()
            wide = {torch.float32: torch.float64}
            given = [wide.get(each, each) if isinstance(each, torch.dtype) else each for each in args]
            named = {k: wide.get(v, v) if isinstance(v, torch.dtype) else v for k, v in (kwargs or {}).items()}
            return func(*given, **named)

    return Doubles()


def theirs(fields: dict[str, Any], device: str = "cpu") -> Any:
    import torch
    import transformers
    from transformers import (
        AutoConfig,
        AutoModel,
        AutoModelForCausalLM,
        AutoModelForSeq2SeqLM,
        AutoModelForSpeechSeq2Seq,
    )

    given = {key: value for key, value in fields.items() if key != "model_type"}
    config = AutoConfig.for_model(fields["model_type"], **given)
    config._experts_implementation = "batched_mm" if device == "meta" else "eager"  # which reads what was chosen
    torch.manual_seed(0)
    kinds = {"t5": AutoModelForSeq2SeqLM, "whisper": AutoModelForSpeechSeq2Seq} | dict.fromkeys(ENCODERS, AutoModel)
    kind = kinds.get(fields["model_type"], AutoModelForCausalLM)
    for name in fields.get("architectures", []):
        kind = getattr(transformers, name)
    make = getattr(kind, "from_config", None) or kind._from_config
    with torch.device(device):
        model = make(config, attn_implementation="eager", dtype=torch.float64).eval()
    for tensor in model.parameters() if device == "cpu" else ():  # norms and biases too
        tensor.copy_(torch.randn(tensor.shape) / 8)
    return model


def ours(model: Any) -> ModelSpec:
    """The spec of the config that ``model`` itself writes, with all that has a default in it."""
    return loads(text_of_config(json.dumps(model.config.to_dict()).encode(), "config.json"))


def answers(given: Any) -> Any:
    """What ``model`` gave, of whatever head: of one that looks for spans their beginnings and their ends together."""
    import torch

    if "start_logits" in given:
        return torch.stack((given.start_logits, given.end_logits), -1)
    return given.logits if "logits" in given else given.last_hidden_state


def as_published(model: Any) -> dict[str, Any]:
    """The tensors as our modules have them: experts one by one, the weight of a norm whole, matrices not transposed."""
    kind, found = model.config.model_type, {}
    for key, tensor in model.state_dict().items():
        stem, _, last = key.rpartition(".")
        if key in ("cls.predictions.bias", "lm_head.bias") and kind in ENCODERS:  # the decoder's, by another name
            continue
        if kind.startswith("gemma") and key.endswith("norm.weight"):
            found[key] = tensor + 1
        elif kind == "gpt2" and last == "weight" and stem.rpartition(".")[2] in ("c_attn", "c_proj", "c_fc"):
            found[key] = tensor.T
        elif ".experts." in key:
            found |= expert_by_expert(kind, key, tensor)
        elif kind == "gpt_neox" and key == "lm_head.weight":
            found["embed_out.weight"] = tensor
        elif kind == "mixtral" and ".mlp.gate." in key:
            found[key.replace(".mlp.", ".block_sparse_moe.")] = tensor
        else:
            found[key] = tensor
    return found


def expert_by_expert(kind: str, key: str, tensor: Any) -> dict[str, Any]:
    home, name = key.rsplit(".", 1)
    found = {}
    for expert, own in enumerate(tensor):
        if kind == "gpt_oss":
            part, bias = name.removesuffix("_bias"), name.endswith("_bias")
            found[f"{home}.{expert}.{part}.{'bias' if bias else 'weight'}"] = own if bias else own.T
            continue
        names = {"gate_up_proj": ("gate_proj", "up_proj"), "down_proj": ("down_proj",)}[name]
        if kind == "mixtral":
            names = {"gate_up_proj": ("w1", "w3"), "down_proj": ("w2",)}[name]
        for part, matrix in zip(names, own.chunk(len(names)), strict=True):
            found[
                f"{home}.{expert}.{part}.weight".replace(
                    ".mlp.", ".block_sparse_moe." if kind == "mixtral" else ".mlp."
                )
            ] = matrix
    return found


def distance(found: Any, expected: Any) -> float:
    """The largest difference, as a share of the largest value."""
    assert found.shape == expected.shape
    return float((found - expected).abs().max() / expected.abs().max())


def call_of(model: Any, graph: Graph, batch: int = 1) -> dict[str, Any]:
    """What ``model`` is called with where ``graph`` is our network: inputs of its sizes, by their names there."""
    import torch

    device = next(model.parameters()).device
    generator, found = torch.Generator().manual_seed(1), {}
    for name, index in graph.inputs.items():
        sizes = (batch, *graph.nodes[index].shape.sizes)
        ids = graph.nodes[index].output.dtype == "int64"
        made = torch.randint(2, 61, sizes, generator=generator) if ids else torch.randn(sizes, generator=generator)
        found["input_ids" if name == "input" else name] = made.to(device)
    return found
