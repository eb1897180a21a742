"""The quantization_config of published models as a policy; what is not known of it is said."""

import json
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.configs import read_config
from calc.errors import SpecError
from calc.precision import is_policy
from calc.spec import loads
from tests.calc.configs.test_configs import SMALL

INT4 = {"num_bits": 4, "type": "int", "strategy": "group", "group_size": 128, "symmetric": True}
INT8 = {"num_bits": 8, "type": "int", "strategy": "channel", "symmetric": True}
FP4 = {"num_bits": 4, "type": "float", "strategy": "tensor_group", "group_size": 16}


def stored(**fields: Any) -> str | None:
    found = read_config(json.dumps(SMALL | {"quantization_config": fields}).encode(), "config.json").stored_as
    assert found is not None
    return found.bits


def compressed(weights: dict[str, Any], packing: str = "pack-quantized", **fields: Any) -> str | None:
    inputs = fields.pop("inputs", None)
    group = {"targets": ["Linear"], "weights": weights, "input_activations": inputs}
    fields = {"ignore": ["lm_head"]} | fields
    return stored(quant_method="compressed-tensors", format=packing, config_groups={"group_0": group}, **fields)


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": True, "sym": True}, "gptq4g128"),
        ({"quant_method": "gptq", "bits": 8, "group_size": -1}, "gptq8"),
        ({"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True, "version": "gemm"}, "awq4g128"),
        ({"quant_method": "awq", "bits": 4, "modules_to_not_convert": ["gate", "lm_head"]}, "awq4g128"),
        ({"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]}, "fp8_tile128"),
        ({"quant_method": "fp8", "ignored_layers": ["lm_head"]}, "fp8_tensor"),
        ({"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn"]}, "mxfp4-abf16:experts"),
        ({"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}, "nf4_double"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "bnb_int8"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
    ],
)
def test_policies_of_writers(fields: dict[str, Any], expected: str) -> None:
    assert stored(**fields) == expected
    assert is_policy(expected)


@pytest.mark.parametrize(
    "weights, packing, inputs, expected",
    [
        (INT4, "pack-quantized", None, "ct4g128"),
        (INT4 | {"symmetric": False}, "pack-quantized", None, "ct4g128_asym"),
        (INT4, "int-quantized", {"num_bits": 8}, "int4g128_unpacked-a8"),
        (INT8, "int-quantized", {"num_bits": 8}, "int8:llm"),
        (INT8, "pack-quantized", None, "ct8"),
        (INT8 | {"type": "float"}, "float-quantized", {"num_bits": 8}, "fp8_channel"),
        (INT8 | {"type": "float", "strategy": "tensor"}, "float-quantized", {"num_bits": 8}, "fp8_tensor"),
        (FP4, "nvfp4-pack-quantized", {"num_bits": 4}, "nvfp4"),
        (FP4 | {"strategy": "group", "group_size": 32}, "mxfp4-pack-quantized", None, "mxfp4"),
        (INT4 | {"group_size": "128"}, "pack-quantized", None, None),
        (INT4 | {"num_bits": 3}, "pack-quantized", None, None),
    ],
)
def test_policies_of_compressed_tensors(
    weights: dict[str, Any], packing: str, inputs: dict[str, Any] | None, expected: str | None
) -> None:
    assert compressed(weights, packing, inputs=inputs) == expected
    assert expected is None or is_policy(expected)


def test_modules_that_stay_as_they_are_make_a_precision_file(tmp_path: Path) -> None:
    kept = compressed(
        INT4 | {"group_size": 16},
        ignore=["lm_head", "re:.*self_attn\\..*", "model.layers.3.mlp.down_proj", "up_proj", "model.layers.0"],
    )
    assert kept is not None
    file = tmp_path / "rules.yaml"
    file.write_text(kept, encoding="utf-8")
    config = read_config(json.dumps(SMALL).encode(), "config.json").text
    widths = {layer.name: layer.weight_bits for layer in analyse(loads(config), bits=str(file)).layers}
    assert {widths[f"model.layers.{at}.self_attn.{name}_proj"] for at in range(4) for name in "qkvo"} == {16}
    assert [widths[f"model.layers.{at}.mlp.down_proj"] for at in range(4)] == [16, 4, 4, 16]
    assert [widths[f"model.layers.{at}.mlp.up_proj"] for at in range(4)] == [16, 16, 16, 16]
    assert [widths[f"model.layers.{at}.mlp.gate_proj"] for at in range(4)] == [16, 4, 4, 4]
    assert widths["lm_head"] == 16


def test_the_command_that_counts_a_model_as_it_is_stored() -> None:
    def command(**fields: Any) -> str:
        found = read_config(json.dumps(SMALL | {"quantization_config": fields}).encode(), "config.json").stored_as
        assert found is not None
        return found.command("my model.yaml")

    assert command(quant_method="gptq") == "calc run 'my model.yaml' --bits gptq4g128"
    assert command(quant_method="gptq", lm_head=True) == (
        'echo "{stores: {default: llm, weights: gptq4g128, head: gptq4g128}}" > stored_as.yaml '
        "&& calc run 'my model.yaml' --bits stored_as.yaml"
    )
    assert not command(quant_method="hqq")


def test_a_head_may_be_narrow_too() -> None:
    assert stored(quant_method="gptq", lm_head=True) == "{stores: {default: llm, weights: gptq4g128, head: gptq4g128}}"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"quant_method": "hqq"},
        {"quant_method": ["gptq"]},
        {"quant_method": "gptq", "bits": True},
        {"quant_method": "gptq", "bits": 4, "group_size": 10**30},
        {"quant_method": "awq", "modules_to_not_convert": "lm_head"},
        {"quant_method": "awq", "modules_to_not_convert": ["re:(a|b)"], "group_size": 128},
        {"quant_method": "compressed-tensors", "config_groups": [1]},
        {"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": [4], "type": "float"}}}},
        {"quant_method": "fp8", "weight_block_size": [64, 64]},
    ],
)
def test_what_is_not_known_is_said(fields: dict[str, Any]) -> None:
    found = read_config(json.dumps(SMALL | {"quantization_config": fields}).encode(), "config.json")
    assert found.stored_as is not None
    assert found.stored_as.bits is None
    assert "for which calc knows no policy" in found.text


CT = {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"a": {"weights": INT4}}}
DENSE, SPARSE = ({"format": each, "ignore": []} for each in ("dense", "sparse-24-bitmask"))


@pytest.mark.parametrize(
    "fields, beyond",
    [
        ({"quant_method": "gptq", "dynamic": {"-:.*down.*": {}}}, "the field dynamic"),
        (
            {"quant_method": "gptq", "modules_in_block_to_quantize": [["q_proj"]]},
            "the field modules_in_block_to_quantize",
        ),
        ({"quant_method": "gptq", "dynamic": {}, "modules_in_block_to_quantize": None}, ""),
        (CT | {"ignore": ["lm_head"], "sparsity_config": SPARSE}, "the field sparsity_config"),
        (CT | {"ignore": ["re:.*head"], "sparsity_config": DENSE}, ""),
        (CT | {"ignore": ["re:.*lm_head.*"], "sparsity_config": {}}, ""),
        (CT | {"ignore": ["mlp.gate"]}, "an ignore without lm_head (a quantised head)"),
        (CT | {"ignore": []}, "an ignore without lm_head (a quantised head)"),
        (CT, "an ignore without lm_head (a quantised head)"),
    ],
)
def test_what_no_policy_expresses_is_named_and_no_command_is_printed(fields: dict[str, Any], beyond: str) -> None:
    found = read_config(json.dumps(SMALL | {"quantization_config": fields}).encode(), "config.json")
    assert found.stored_as is not None
    assert found.stored_as.beyond == beyond
    assert bool(found.stored_as.command("net.yaml")) is not bool(beyond)
    assert (f", with {beyond}, which no policy of calc expresses\n" in found.text) is bool(beyond)


def test_what_is_no_mapping_is_refused_and_nothing_is_nothing() -> None:
    with pytest.raises(SpecError, match=r"config.json:1:\d+: quantization_config: must be a mapping"):
        read_config(json.dumps(SMALL | {"quantization_config": [1]}).encode(), "config.json")
    assert read_config(json.dumps(SMALL | {"quantization_config": None}).encode(), "config.json").stored_as is None
