"""What a page offers where params have the names of its axes, and values that give no network."""

import re
from pathlib import Path
from typing import Any

import pytest

from calc.analysis import analyse
from calc.errors import SpecError
from calc.page.contents import Offered
from calc.page.document import html_page
from calc.page.offered import axes_of_page
from calc.spec import ModelSpec, load
from calc.spec.load import loads
from tests.calc.page.test_page import NODE, counted_by_the_page, data_of

NAMED = """\
name: n
params: {NAME: 4}
input: [3, 32, 32]
layers:
  - conv2d: {out_channels: 16 * NAME, kernel_size: 3}
"""


def page(model: ModelSpec, *vary: str) -> dict[str, Any]:
    return data_of(html_page(model, Offered(axes_of_page(vary, model), ["8"])))


def macs(out_channels: int) -> str:
    """Of one sample."""
    return str(30 * 30 * 16 * out_channels * 3 * 3 * 3)


@NODE
def test_a_param_that_is_called_batch_is_no_number_of_samples(tmp_path: Path) -> None:
    model = loads(NAMED.replace("NAME", "batch"))
    usual = page(model)
    assert [control["name"] for control in usual["controls"]] == ["input"]
    (opened,) = counted_by_the_page(usual, [{"policy": "8", "bits": {}}], tmp_path)
    assert opened["totals"]["macs"] == macs(4) == str(analyse(model).totals.macs)
    varied = page(model, "batch=2,4")
    assert [control["name"] for control in varied["controls"]] == ["input", "batch"]
    own = varied["controls"][0]["own"]
    settings = [{"policy": "8", "bits": {}, "choices": [own, choice]} for choice in (0, 1)]
    shown = counted_by_the_page(varied, settings, tmp_path)
    assert [each["totals"]["macs"] for each in shown] == [macs(2), macs(4)]


@NODE
def test_a_param_that_is_called_input_is_none(tmp_path: Path) -> None:
    model = loads(NAMED.replace("NAME", "input"))
    assert [control["name"] for control in page(model)["controls"]] == ["batch"]
    varied = page(model, "input=2,4")
    settings = [{"policy": "8", "bits": {}, "choices": [0, choice]} for choice in (0, 1)]
    shown = counted_by_the_page(varied, settings, tmp_path)
    assert [each["totals"]["macs"] for each in shown] == [macs(2), macs(4)]


@NODE
@pytest.mark.parametrize("values, good", [("1e308,1.0", 1), ("1e308,0.5", 1), ("1.0,1e308", 0)])
def test_a_value_that_gives_no_network_is_refused_and_the_others_are_counted(
    values: str, good: int, tmp_path: Path
) -> None:
    model = load("mobilenetv2")
    width = float(values.split(",")[good])
    data = page(model, f"width={values}", "resolution=224", "batch=1")
    at = [control["name"] for control in data["controls"]].index("width")
    settings = []
    for number in (good, 1 - good):
        choices = [0] * len(data["controls"])
        choices[at] = number
        settings.append({"policy": "8", "bits": {}, "choices": choices})
    counted, refused = counted_by_the_page(data, settings, tmp_path)
    assert counted["totals"]["macs"] == str(analyse(model, {"width": width}).totals.macs)
    assert refused["refused"].endswith("'make_divisible(32 * width)' is not a finite number")


def test_a_page_without_any_network_is_refused() -> None:
    with pytest.raises(SpecError, match=re.escape("'make_divisible(32 * width)' is not a finite number")):
        page(load("mobilenetv2"), "width=1e308")
