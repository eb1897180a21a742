"""A window that is as long as the context is told apart from none."""

import copy
import pickle
from dataclasses import replace

import pytest

from calc.analysis import analyse
from calc.deploy import deploy
from calc.errors import SpecError
from calc.model.graph import Graph
from calc.report import render
from calc.report.rows import View
from calc.serving.full_windows import full_windows, has_windows
from calc.spec import load, loads
from calc.spec.expand import expand

MIXED = """
name: windows of each kind
params: {tokens: 1, past: 0}
input: {shape: [tokens, 64], channels: last}
layers:
  fixed: {cache: {past: past, sliding_window: 8}}
  longer: {cache: {past: past, sliding_window: 9}, from: input}
  whole: {cache: {past: past, sliding_window: past + tokens}, from: input}
  none: {cache: {past: past}, from: input}
"""


def full(text: str, **params: int) -> set[str]:
    return set(full_windows(expand(loads(text), params)))


@pytest.mark.parametrize("tokens, past", [(1, 7), (8, 0), (3, 5)])
def test_a_window_is_what_another_context_does_not_change(tokens: int, past: int) -> None:
    assert full(MIXED, tokens=tokens, past=past) == {"fixed"}
    assert full(MIXED, tokens=tokens, past=past + 1) == {"longer"}
    assert full(MIXED, tokens=tokens, past=past + 2) == set()


def test_in_a_graph_of_no_spec_each_window_is_one() -> None:
    graph = replace(expand(loads(MIXED), {"past": 7}), at_other_context=None)
    assert full_windows(graph) == {"fixed", "whole"}


def test_a_graph_that_was_pickled_tells_them_apart_too() -> None:
    graph = expand(loads(MIXED), {"past": 7})
    for again in (pickle.loads(pickle.dumps(graph)), copy.deepcopy(graph)):
        assert again == graph
        assert full_windows(again) == full_windows(pickle.loads(pickle.dumps(again))) == {"fixed"}
    without = pickle.loads(pickle.dumps(replace(graph, at_other_context=None)))
    assert full_windows(without) == {"fixed", "whole"}


def test_where_a_spec_is_of_one_context_alone_each_window_is_one() -> None:
    def fails() -> Graph:
        raise SpecError([])

    graph = replace(expand(loads(MIXED), {"past": 7}), at_other_context=fails)
    assert full_windows(graph) == {"fixed", "whole"}


@pytest.mark.parametrize(
    "name, context, has_some",
    [("llama3_1b", 128, False), ("llama3_1b", 999, False), ("mistral_7b", 4096, True), ("gemma3_1b", 128, True),
     ("deepseek_v2_lite", 128, False), ("gpt_oss_20b", 128, True)],
)  # fmt: skip
def test_a_window_is_spoken_of_where_there_is_one(name: str, context: int, has_some: bool) -> None:
    found = analyse(load(name), {"tokens": context}, bits="bf16")
    assert has_windows(found.graph) == has_some
    assert ("as long as no window is full" in render(found, "table", View())) == has_some


def test_params_that_a_caller_changes_later_change_nothing() -> None:
    params = {"past": 7}
    graph = expand(loads(MIXED), params)
    params["past"] = 8
    assert full_windows(graph) == {"fixed"}


def test_without_the_param_past_each_window_is_one() -> None:
    text = MIXED.replace("past: 0", "kept: 7").replace("past", "kept").replace("{kept:", "{past:")
    assert full(text) == {"fixed", "whole"}


@pytest.mark.parametrize("tokens, past", [(1, 511), (512, 0)])
def test_gemma_3_in_transformers_keeps_one_token_less_in_each_window(tokens: int, past: int) -> None:
    found = analyse(load("gemma3_1b"), {"tokens": tokens, "past": past}, bits="bf16", runtime="transformers")
    assert found.kv_bytes_of_runtime == 2 * 256 * 2 * (22 * 511 + 4 * 512)
    assert found.totals.kv_bytes == 2 * 256 * 2 * 26 * 512  # of what the next call could see


@pytest.mark.parametrize("name", ["gemma3_1b", "llama3_1b"])
@pytest.mark.parametrize("runtime", ["transformers", "llama.cpp"])
def test_an_expanded_graph_has_the_bytes_of_its_spec(name: str, runtime: str) -> None:
    params = {"tokens": 1, "past": 511}
    of_spec, of_graph, of_deployed = [
        analyse(load(name), params, bits="bf16", runtime=runtime),
        analyse(expand(load(name), params), bits="bf16", runtime=runtime),
        analyse(deploy(expand(load(name), params)), bits="bf16", runtime=runtime),
    ]
    assert of_spec.kv_bytes_of_runtime == of_graph.kv_bytes_of_runtime == of_deployed.kv_bytes_of_runtime
