"""Turns a Hugging Face config.json into a spec: ``model_type`` selects the family, and the fields give its params.

Every field that changes a count is either understood or refused by name. The other fields are listed in
``calc.configs.ignored``.
"""

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from calc.configs import decoder, encoder_decoder, encoders, older, others
from calc.configs.config import MOST_BYTES, Config, called, key_in_message, parsed
from calc.configs.defaults import DEFAULTS
from calc.configs.ignored import IGNORED
from calc.configs.parts import PARTS, PRUNED, TEXT, text_part
from calc.configs.quantised import KEY, StoredAs, stored_as
from calc.configs.synonyms import check_synonyms
from calc.errors import Problem, SpecError, nearest
from calc.frozen import FrozenDict
from calc.reading import read_bytes

MOST_POSITIONS, LEARNT = "max_position_embeddings", "positions"
"""The params for the number of tokens that a network was trained for, and for its number of learnt positions."""


USUAL_TOKENS = 128
"""The tokens of a call, for every family with that many positions."""


REALLY_NEAR = 0.8
"""The similarity to a known ``model_type`` that counts as a typing error: mamba is not a misspelt llama."""


class Family(NamedTuple):
    """The family for a ``model_type``, and the function that gives its params for a config.

    ``classes`` are the ``architectures`` that the family stands for; others have another head or are another network.
    ``usual`` has the defaults of the family, which are not written. ``encodes`` is true if it has an encoder.
    """

    extends: str
    params: Callable[[Config], dict[str, Any]]
    classes: tuple[str, ...]
    usual: FrozenDict[str, Any] = FrozenDict()
    encodes: bool = False


DECODER = FrozenDict(
    {
        "act": "silu", "qkv_bias": False, "out_bias": False, "mlp_bias": False, "qk_norm": False, "fused": False,
        "windows": [0], "softcap": None, "final_softcap": 0, "scaled": False, "rotary": 1.0, "tied": False,
        "sparse": [True], "normalize": "'softmax'",
    }
)  # fmt: skip
LATENT = FrozenDict({"q_rank": 0, "routed_scale": 1.0, "tied": False})
STARCODER = FrozenDict({"act": "TanhGELU", "bias": True, "windows": [0], "eps": 1e-5, "tied": True})
MODEL_TYPES = {
    "bert": Family("bert", encoders.bert, encoders.BERT),
    "deepseek_v2": Family("latent", others.deepseek_v2, ("DeepseekV2ForCausalLM",), LATENT),
    "deepseek_v3": Family("latent", others.deepseek_v3, ("DeepseekV3ForCausalLM",), LATENT),
    "falcon": Family("falcon", older.falcon, ("FalconForCausalLM",)),
    "gemma": Family("decoder", decoder.gemma, ("GemmaForCausalLM",), DECODER),
    "gemma2": Family("decoder", decoder.gemma2, ("Gemma2ForCausalLM",), DECODER),
    "gemma3_text": Family("decoder", decoder.gemma3, ("Gemma3ForCausalLM",), DECODER),
    "gpt2": Family("gpt2", others.gpt2, ("GPT2LMHeadModel",)),
    "gpt_neox": Family("gpt_neox", older.gpt_neox, ("GPTNeoXForCausalLM",)),
    "gpt_oss": Family("gpt_oss", others.gpt_oss, ("GptOssForCausalLM",)),
    "llama": Family("decoder", decoder.llama, ("LlamaForCausalLM",), DECODER),
    "mistral": Family("decoder", decoder.mistral, ("MistralForCausalLM",), DECODER),
    "mixtral": Family("decoder", decoder.mixtral, ("MixtralForCausalLM",), DECODER),
    "opt": Family("opt", older.opt, ("OPTForCausalLM",), FrozenDict({"act": "relu", "layer": "Layer"})),
    "phi3": Family("decoder", decoder.phi3, ("Phi3ForCausalLM",), DECODER),
    "qwen2": Family("decoder", decoder.qwen2, ("Qwen2ForCausalLM",), DECODER),
    "qwen3": Family("decoder", decoder.qwen3, ("Qwen3ForCausalLM",), DECODER),
    "qwen3_moe": Family("decoder", decoder.qwen3_moe, ("Qwen3MoeForCausalLM",), DECODER),
    "roberta": Family("bert", encoders.roberta, encoders.ROBERTA),
    "starcoder2": Family("starcoder2", others.starcoder2, ("Starcoder2ForCausalLM",), STARCODER),
    "t5": Family("t5", encoder_decoder.t5, ("T5ForConditionalGeneration",), encodes=True),
    "whisper": Family("whisper", encoder_decoder.whisper, ("WhisperForConditionalGeneration",), encodes=True),
}


class ConfigSpec(NamedTuple):
    """The spec for a config. ``stored_as`` describes how the model's files are stored, if the config says so.

    ``left_out`` describes a part of the model that the spec does not have, or is empty. ``no_matter`` lists fields that
    change no count.
    """

    text: str
    stored_as: StoredAs | None
    left_out: str
    no_matter: tuple[str, ...]


def spec_of_config(path: str | Path) -> str:
    """Return the spec, as YAML, for the config at ``path``. Raises SpecError with all problems."""
    return text_of_config(read_bytes(path, MOST_BYTES), str(path))


_OF_CONFIGS = frozenset(("model_type", "architectures", "hidden_size", "num_hidden_layers", "n_embd", "d_model"))


def is_config(data: bytes) -> bool:
    """Return whether ``data`` is a JSON mapping with a ``model_type`` or another field that only a config has."""
    try:
        return not _OF_CONFIGS.isdisjoint(json.loads(data, parse_int=float))
    except (ValueError, TypeError, RecursionError):
        return False


def text_of_config(data: bytes, file: str) -> str:
    """Return the spec for the config in ``data``. Messages call it ``file``."""
    return read_config(data, file).text


def read_config(data: bytes, file: str) -> ConfigSpec:
    """Return the spec for the config in ``data``, with remarks. Raises SpecError with all problems."""
    config, left_out = text_part(parsed(data, file), IGNORED)
    family = _family(config)
    config.defaults = DEFAULTS[config.get("model_type")]
    check_synonyms(config, config.get("model_type"))
    _check_head(config, family)
    params = family.params(config)
    room = params.get("positions", USUAL_TOKENS) - params.get("first", 0)
    if room < USUAL_TOKENS:
        params["tokens"] = max(room, 1)
    stored = stored_as(config)
    if LEARNT not in params and config.get(MOST_POSITIONS) is not None:
        params[MOST_POSITIONS] = config.whole(MOST_POSITIONS)
    for key in config.left(IGNORED):
        config.fault(
            key, f"{key_in_message(key)} is not understood, and may change a count", "remove it if it changes no count"
        )
    if config.problems:
        raise SpecError(sorted(config.problems, key=lambda problem: problem.in_file or config.place("")))
    output = params.pop(encoders.OUTPUT, None)
    given = {key: value for key, value in params.items() if key not in family.usual or value != family.usual[key]}
    lines = [f"  {key}: {_written(value)}" for key, value in given.items()]
    name = called(config) + (", its text" if left_out else "")
    head = [
        f"name: {json.dumps(name)}",
        "source: its config.json",
        f"model_type: {config.get('model_type')}",
    ]
    remark = [] if stored is None else [f"# {KEY}: {stored}"]
    remark += [f"# {left_out}"] if left_out else []
    if config.taken:
        taken = ", ".join([f"{key}={_written(value)}" for key, value in config.taken.items()])
        remark += _comment(f"left out in the config (or null), so with transformers' defaults: {taken}")
    ends = [] if output is None else [f"output: {output}"]
    text = "\n".join([*head, *remark, f"extends: family:{family.extends}", *ends, "params:", *lines, ""])
    return ConfigSpec(text, stored, left_out, tuple(dict.fromkeys([*config.beside, *config.among(IGNORED)])))


def _family(config: Config) -> Family:
    known = config.get("model_type")
    if isinstance(known, str) and known in MODEL_TYPES:
        return MODEL_TYPES[known]
    place, hint, shown = config.place("model_type"), "", json.dumps(known)[:60]
    if known is None:
        fact = "model_type is missing, so the family of the model is unknown"
    elif known in ("gemma3n", "gemma3n_text"):
        has = "AltUp, low-rank residuals (LAuReL) and embeddings by layer"
        fact = f"model_type={shown} has {has}, which no family of calc has"
    elif config.get(TEXT) is not None or known in [*PARTS]:
        fact = f"model_type={shown} has several parts"
        hint = "put the text_config in a file of its own; its model_type may be known"
    else:
        fact = f"unknown model_type {shown}"
        hint = nearest(known, [*MODEL_TYPES, *PARTS], (), REALLY_NEAR) if isinstance(known, str) else ""
    raise SpecError([Problem(place, fact, hint, notes=_known_types())])


def _known_types() -> tuple[str, ...]:
    from textwrap import wrap  # only an error pays for this import

    return tuple(wrap(f"known are {', '.join(sorted([*MODEL_TYPES, *PARTS]))}", 76))


def _check_head(config: Config, family: Family) -> None:
    """Report a class that the family does not stand for. Another head, or none, has other parameters."""
    config.only("is_encoder_decoder", family.encodes)
    config.only("is_decoder", False, True)
    config.only("add_cross_attention", False)
    config.never_filled("pruned_heads", PRUNED)
    config.used |= {"cross_attention_hidden_size", "tie_encoder_decoder"}
    config.check_classes(family.classes)


def _comment(text: str) -> list[str]:
    """Return the lines of a comment with ``text``."""
    return textwrap.wrap(
        text, 120, initial_indent="# ", subsequent_indent="#   ", break_long_words=False, break_on_hyphens=False
    )


def _written(value: Any) -> str:
    """Return ``value`` as YAML. Floats get a point, because YAML takes others for text."""
    if isinstance(value, float):
        text = repr(value)
        return text if "." in text else f"{value:.1e}" if "e" in text else text
    if isinstance(value, str):
        return f'"{value}"' if value.startswith("'") else value
    return json.dumps(value)
