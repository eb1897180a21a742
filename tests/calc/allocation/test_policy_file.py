"""An analysis as a precision file, with which the network is at the same bits and stores the same again."""

from pathlib import Path
from typing import Any

import pytest

from calc.allocation.policy_file import policy_of
from calc.analysis import analyse
from calc.errors import OpError
from calc.spec import load
from calc.spec.load import loads

TOTALS = ("macs", "weight_bytes", "kv_bytes", "kv_bytes_per_token", "bytes_moved", "peak_activation_bytes", "bitops")


@pytest.mark.parametrize(
    "spec, bits, given, stores",
    [
        ("mobilenetv2", "adaptive", {}, None),
        ("mobilenetv2", "w4a8", {"deployed": True}, "deployed"),
        ("mobilenetv2", "fp64", {}, "{default: deployed, biases: fp64, norms: fp64}"),
        ("bert_base", "fp16", {}, "{default: deployed, biases: fp16, norms: fp16}"),
        ("qwen3_0_6b", "bf16", {}, "llm"),
        ("qwen3_0_6b", "8", {}, None),
        ("qwen3_0_6b", "int4g128", {"kv": "q8_0"}, "{default: llm, state: q8_0}"),
        ("qwen3_0_6b", "bf16", {"kv": "k=q8_0,v=q4_0"}, "{default: llm, state: q8_0}"),
        ("qwen3_0_6b", "Q4_K_M", {}, "{default: deployed, state: fp16}"),
        ("gpt_oss_20b", "q4_0", {}, "llm"),
        ("gpt_oss_20b", "mxfp4:experts", {}, "llm"),
    ],
)
def test_it_gives_the_same_totals(
    spec: str, bits: str, given: dict[str, Any], stores: str | None, tmp_path: Path
) -> None:
    found = analyse(load(spec), bits=bits, **given)
    file = tmp_path / "policy.yaml"
    file.write_text(policy_of(found), "utf-8")
    written = [line.partition(": ")[2] for line in file.read_text("utf-8").splitlines() if line.startswith("stores: ")]
    assert [text.lower() for text in written] == ([] if stores is None else [stores])
    again = analyse(load(spec), bits=str(file), deployed=given.get("deployed", False))
    for name in TOTALS:
        assert getattr(again.totals, name) == getattr(found.totals, name), name
    assert again.formats_by_role == found.formats_by_role


def test_what_no_file_says() -> None:
    without = loads("name: n\ninput: [4]\nlayers:\n  - relu\n")
    with pytest.raises(OpError, match="n has no layer with MACs, so there are no bits to write"):
        policy_of(analyse(without))
    latent = (
        "Q4_K_M stores parts of model.layers.0.self_attn.kv_b_proj in formats of their own, which a rule cannot express"
    )
    with pytest.raises(OpError, match=latent):
        policy_of(analyse(load("deepseek_v2_lite"), bits="Q4_K_M"))
