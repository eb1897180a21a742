"""Reads the ``quantization_config`` of a config, and finds the policy of ``--bits`` that describes the model's files.

It changes no count. So anything unknown in it is mentioned and not refused.
"""

import re
import shlex
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from calc.configs.config import Config

KEY = "quantization_config"
POLICY_FILE = "stored_as.yaml"
"""The name of a model's precision file in printed commands."""
_COVERED = re.compile(r"(?:.*[.*])?(?:lm_head|embed_tokens|wte|wpe|[a-z_]*norm|gate|router)(?:\\?\.weight)?\$?")
"""The modules that every ``llm`` policy leaves unquantised: head, embeddings, norms, routers."""
_MOST_RULES = 12
_INTEGERS = "int8"
"""On its own this is not a policy for language models: the other roles are as with plain widths."""
_SPARED = ("ignore", "modules_to_not_convert", "llm_int8_skip_modules", "exclude_modules", "ignored_layers")
"""The fields in which different writers list modules that stay unquantised."""


class StoredAs(NamedTuple):
    """The storage of a model's files: the ``method``, and the policy that describes it, if there is one.

    ``bits`` is the name of a policy, or the text of a precision file if some modules stay unquantised that the policy
    would quantise. ``beyond`` describes a property that no policy expresses, for a known method.
    """

    method: str
    bits: str | None
    beyond: str = ""

    def __str__(self) -> str:
        if self.beyond:
            return f"its files are quantised ({self.method}), with {self.beyond}, which no policy of calc expresses"
        if self.bits is None:
            return f"its files are quantised ({self.method}), for which calc knows no policy"
        if self.bits.startswith("{"):
            return f"its files are quantised ({self.method}): --bits with a precision file of {self.bits}"
        return f"its files are quantised ({self.method}): --bits {self.bits}"

    def command(self, spec: str) -> str:
        """Return the shell command that counts ``spec`` as it is stored, or empty text if no policy describes it."""
        run = f"calc run {shlex.quote(spec)} --bits"
        if self.bits is None or not self.bits.startswith("{"):
            return "" if self.bits is None else f"{run} {self.bits}"
        return f'echo "{self.bits}" > {POLICY_FILE} && {run} {POLICY_FILE}'  # safe in double quotes


def stored_as(config: Config) -> StoredAs | None:
    """Return the storage that ``config`` describes, or None. Reports a description that is not a mapping."""
    given = config.get(KEY)
    if given is None:
        return None
    if not isinstance(given, dict):
        config.fault(KEY, f"{KEY}: must be a mapping")
        return None
    method = given.get("quant_method") or given.get("quant_type") or ("bitsandbytes" if _bitsandbytes(given) else None)
    known = _METHODS.get(str(method).lower().replace("_", "-"))
    name = None if known is None else known(given)
    text = re.sub(r"[^\w.+-]", "", str(method))[:40] if method is not None else "no quant_method"
    beyond = "" if name is None else _beyond(known, given)
    return StoredAs(text, None if name is None or beyond else _sparing(name, given), beyond)


def _beyond(known: object, given: Mapping[str, Any]) -> str:
    """Return a property in ``given`` that no policy expresses; empty if there is none."""
    if known is _gptq:
        return next((f"the field {key}" for key in ("dynamic", "modules_in_block_to_quantize") if given.get(key)), "")
    if known is not _compressed_tensors:
        return ""
    sparsity = given.get("sparsity_config")
    if sparsity and (not isinstance(sparsity, dict) or sparsity.get("format") != "dense"):
        return "the field sparsity_config"
    spared = given.get("ignore") or []
    is_head_spared = isinstance(spared, list) and any(isinstance(each, str) and _has_head(each) for each in spared)
    return "" if is_head_spared else "an ignore without lm_head (a quantised head)"


def _has_head(module: str) -> bool:
    pattern = _glob(module) if module.startswith("re:") else None
    return "lm_head" in module or (pattern is not None and fnmatchcase("lm_head", pattern))


def _sparing(name: str, given: Mapping[str, Any]) -> str | None:
    """Return ``name``, or a precision file if it would quantise modules that stay unquantised."""
    modules: object = next((given[key] for key in _SPARED if given.get(key)), [])
    if not isinstance(modules, list) or not all(isinstance(each, str) for each in modules):
        return None
    if name.endswith(":experts"):  # this policy leaves out more than any list of modules
        return name
    rest = dict.fromkeys([_glob(each) for each in modules if not _COVERED.fullmatch(each)])
    if None in rest or len(rest) > _MOST_RULES:
        return None
    head = given.get("lm_head") is True
    if not rest and not head:
        return f"{name}:llm" if name == _INTEGERS else name
    weights, _, read = name.partition("-a")
    stores = {"default": "llm", "weights": weights, **({"head": weights} if head else {})}
    if read or name == _INTEGERS:
        stores["activations"] = read or "8"
    written = ", ".join([f"{role}: {stored}" for role, stored in stores.items()])
    rules = ", ".join([f"{{name: '{each}', bits: bf16}}" for each in rest])
    return f"{{stores: {{{written}}}{f', rules: [{rules}]' if rules else ''}}}"


def _glob(module: str) -> str | None:
    """Return the pattern of a rule for a module, given by name or regular expression; None if there is no simple one.

    A name of one word means modules in every layer. A name that ends in a number means everything in that layer.
    """
    if module.startswith("re:"):
        text = module[3:].removeprefix("^").removesuffix("$").replace("\\.", ".").replace(".*", "*")
        return text if re.fullmatch(r"[\w.*-]+", text) else None
    if not re.fullmatch(r"[\w.*-]+", module):
        return None
    *above, last = module.split(".")
    return f"{module}.*" if last.isdigit() else f"{module}*" if above else f"*{module}*"


def _gptq(given: Mapping[str, Any]) -> str | None:
    bits, group = given.get("bits", 4), given.get("group_size", 128)
    return _grouped("gptq", bits, group, (2, 3, 4, 8))


def _awq(given: Mapping[str, Any]) -> str | None:
    bits, group = given.get("bits", given.get("w_bit", 4)), given.get("group_size", given.get("q_group_size", 128))
    return _grouped("awq", bits, group, (4,)) if given.get("zero_point", True) is True and group != -1 else None


def _grouped(kind: str, bits: object, group: object, widths: tuple[int, ...]) -> str | None:
    if type(bits) is not int or bits not in widths or type(group) is not int or not (group == -1 or 0 < group <= 2**20):
        return None
    return f"{kind}{bits}" + (f"g{group}" if group > 0 else "")


def _fp8(given: Mapping[str, Any]) -> str | None:
    block = given.get("weight_block_size")
    if given.get("fmt", "e4m3") != "e4m3":
        return None
    return "fp8_tensor" if block is None else "fp8_tile128" if block == [128, 128] else None


def _bitsandbytes(given: Mapping[str, Any]) -> str | None:
    if given.get("load_in_8bit") is True:
        return "bnb_int8"
    kind = {"nf4": "nf4", "fp4": "bnb_fp4"}.get(str(given.get("bnb_4bit_quant_type", "fp4")))
    if given.get("load_in_4bit") is not True or kind is None:
        return None
    return kind + ("_double" if given.get("bnb_4bit_use_double_quant") is True else "")


def _compressed_tensors(given: Mapping[str, Any]) -> str | None:
    groups = given.get("config_groups")
    if not isinstance(groups, dict) or len(groups) != 1:
        return None
    group = next(iter(groups.values()))
    weights, inputs = (
        (group.get("weights"), group.get("input_activations")) if isinstance(group, dict) else (None, None)
    )
    if not isinstance(weights, dict) or group.get("targets", ["Linear"]) != ["Linear"]:
        return None
    name = _compressed(str(given.get("format")), weights)
    read = inputs.get("num_bits") if isinstance(inputs, dict) else None
    if name is None or (inputs is not None and read not in (4, 8)):
        return None
    return f"{name}-a{read}" if inputs is not None and name.startswith(("ct", "int4")) else name


def _compressed(packing: str, weights: Mapping[str, Any]) -> str | None:
    bits, kind, strategy = weights.get("num_bits"), weights.get("type", "int"), weights.get("strategy")
    size = weights.get("group_size")
    if kind == "float":
        return (
            {
                (8, "tensor"): "fp8_tensor",
                (8, "channel"): "fp8_channel",
                (8, "block"): "fp8_tile128" if weights.get("block_structure") == [128, 128] else None,
                (4, "tensor_group"): "nvfp4" if size == 16 else None,
                (4, "group"): "mxfp4" if size == 32 else None,
            }.get((bits, strategy))
            if type(bits) is int and isinstance(strategy, str)
            else None
        )
    if type(bits) is not int or bits not in (4, 8) or strategy not in ("group", "channel"):
        return None
    asymmetric = weights.get("symmetric", True) is not True
    if strategy == "group":
        if type(size) is not int or not 0 < size <= 2**20:
            return None
        if packing == "pack-quantized":
            return f"ct{bits}g{size}" + ("_asym" if asymmetric else "")
        return None if asymmetric else f"int{bits}g{size}_unpacked"
    if asymmetric:
        return None
    return f"ct{bits}" if packing == "pack-quantized" else _INTEGERS if bits == 8 else None


def _modelopt(given: Mapping[str, Any]) -> str | None:
    return {"NVFP4": "nvfp4", "FP8": "fp8_tensor"}.get(str(given.get("quant_algo")).upper())


_METHODS = {
    "gptq": _gptq,
    "awq": _awq,
    "fp8": _fp8,
    "mxfp4": lambda given: "mxfp4-abf16:experts",
    "bitsandbytes": _bitsandbytes,
    "compressed-tensors": _compressed_tensors,
    "modelopt": _modelopt,
}
