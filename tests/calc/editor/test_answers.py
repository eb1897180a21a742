"""What is asked of a text, and what is answered: a download is what the page shows."""

import json
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.editor.answers import answer
from calc.editor.specs import packaged_text
from calc.spec import load

pytest.importorskip("starlette", reason="needs the extra page")
from tests.calc.editor.asking import CHOSEN, SMALL


def downloaded(text: str, form: str, **chosen: Any) -> str:
    asked = {"do": "download", "text": text, "vary": [], "opens": "", "kv": "", "counter": "", **CHOSEN, **chosen}
    found: str = answer({**asked, "format": form})["text"]
    return found


def report(text: str, **chosen: Any) -> Any:
    return json.loads(downloaded(text, "json", **chosen))


def test_a_param_that_is_called_batch_is_the_param() -> None:
    text = SMALL.replace("layers:", "params: {batch: 2}\nlayers:").replace("out_channels: 2", "out_channels: batch")
    page = answer({"do": "page", "text": text, "vary": []})["page"]
    assert [control["name"] for control in page["controls"]] == ["input"]
    found = report(text, controls={"batch": "5"})
    assert (found["batch"], found["totals"]["macs"]) == (1, 6 * 6 * 5 * 3 * 3 * 3)


@pytest.mark.parametrize(
    "spec, bits", [("mobilenetv2", "8"), ("qwen3_0_6b", "bf16"), ("gpt_oss_20b", "q4_0"), ("bert_base", "fp16")]
)
def test_a_downloaded_policy_is_what_is_shown(spec: str, bits: str, tmp_path: Path) -> None:
    text = packaged_text(spec)
    (tmp_path / "policy.yaml").write_text(downloaded(text, "policy", bits=bits), "utf-8")
    found = analyse(load(spec), bits=str(tmp_path / "policy.yaml")).to_json_dict()["totals"]
    shown = report(text, bits=bits)["totals"]
    for name in ("weight_bytes", "kv_bytes", "bytes_moved"):
        assert found.get(name) == shown.get(name), name


def test_bits_of_a_layer_leave_the_other_tensors_as_the_policy_says() -> None:
    found = report(SMALL, bits="bf16", layers={"0": [4, 8]})
    assert found["totals"]["weight_bytes"] == (2 * 3 * 3 * 3 * 4 + 2 * 16) // 8  # the bias is a bf16
