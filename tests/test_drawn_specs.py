"""The drawing itself: specs are valid, every op and feature comes up, and the end of a run says how often."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, find, settings

from calc.ops import WORDS
from calc.spec import expand, loads
from tests.drawn_specs import specs, specs_with
from tests.spec_features import FEATURES, features, words
from tests.strategies import import_drawing

import_drawing()

ROOT = Path(__file__).parents[1]


@pytest.mark.zoo  # the default run builds and runs what is drawn of each
@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_is_drawn(feature: str) -> None:
    # until it is found: how often it comes in a number of draws depends on hypothesis's version
    spec = find(specs_with(feature), lambda spec: True, settings=settings(max_examples=500, phases=[Phase.generate]))
    assert feature in spec.features & features(json.loads(spec.text))
    assert expand(loads(spec.text)).nodes


def test_large_networks_are_drawn() -> None:
    large = settings(max_examples=5000, phases=[Phase.generate])
    assert find(specs(), lambda spec: len(expand(loads(spec.text)).nodes) > 40, settings=large)


NESTED = {
    "input": {"shape": [4, 5, 6]},
    "blocks": {"Inner": {"layers": {"a": "relu"}}, "Outer": {"layers": {"a": "Inner", "b": {"chain": ["gelu"]}}}},
    "layers": {
        "one": {"residual": {"x": {"branches": [["Outer"], []], "merge": "concat"}}, "shortcut": ["Outer"]},
        "two": {"chain": [{"chain": [{"relu": {}, "repeat": 2}], "repeat": 3}]},
        "three": {"conv2d": {"out_channels": 4, "kernel_size": [1, 3], "padding": "same"}, "training_only": True},
        "four": {"multiply": {}, "from": ["two", "one"]},
        "five": {"max_pool2d": {"kernel_size": 2, "ceil_mode": True}},
        "six": {"conv2d": {"out_channels": 4, "kernel_size": 1, "groups": 1, "stride": [2, 1]}, "shares": "three"},
        "seven": {"again": "five"},
    },
}


def test_what_a_spec_has_is_read_off_its_document() -> None:
    assert words(NESTED) == {"relu", "gelu", "concat", "add", "conv2d", "multiply", "max_pool2d"}
    absent = {
        "merge in a block",
        "add",
        "multiply",
        "same with a stride",
        "valid",
        "groups",
        "dilation",
        "output_padding",
        "shares across ops",
        "several inputs",
        "several outputs",
        "experts",
    }
    assert features(NESTED) == FEATURES.keys() - absent


def test_every_op_is_a_word_of_some_spec() -> None:
    assert {word for among in FEATURES.values() for word in among or ()} <= set(WORDS)


RECORDING = """
import pytest
@pytest.mark.parametrize("examples", [2, 3])
def test_of_networks(examples, record_property):
    record_property("drawn", {"examples": examples, "relu": examples - 1, "with repeat": 1})
"""


@pytest.mark.zoo
def test_the_end_of_a_run_says_what_was_drawn_in_all_its_processes(tmp_path: Path) -> None:
    (tmp_path / "test_recording.py").write_text(RECORDING, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "2"]
    ran = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout
    assert "drawn networks: 5 examples" in ran.stdout
    assert "\nrelu 3, with repeat 2\n" in ran.stdout
