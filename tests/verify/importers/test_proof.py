"""The proof of an import passes equal networks, and finds each planted fault with its module."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from calc.ops.linear import Linear
from calc.spec.write import spec_text
from tests.verify.importers.modules import loaded, lowered_of
from tests.verify.importers.proving import held_against, proved, said
from verify.importers import imported, lowered, traced

PROVED = "equal to the module; outputs at batch 2 equal"


class Net(nn.Module):
    """A small network in which each part can be made wrong."""

    def __init__(self, stride: int = 2, bias: bool = True, eps: float = 1e-5, name: str = "fc") -> None:
        super().__init__()
        self.name = name
        self.conv = nn.Conv2d(3, 4, 3, stride, padding=1, bias=bias)
        self.norm = nn.BatchNorm2d(4, eps=eps)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.add_module(name, nn.Linear(4, 5))

    def forward(self, x: torch.Tensor) -> Any:
        y = torch.relu(self.norm(self.conv(x)))
        return self.get_submodule(self.name)(self.pool(y).flatten(1))


class Minus(nn.Module):
    """Two inputs that are not the same to it."""

    def __init__(self, swapped: bool = False) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 4)
        self.swapped = swapped

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.fc(y) - x if self.swapped else self.fc(x) - y


class Alone(nn.Module):
    """One layer, and then whatever ``after`` does, which may be nothing that a graph says."""

    def __init__(self, after: Any = None) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 4)
        self.after = after

    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(x) if self.after is None else self.after(self.fc(x))


def test_what_was_imported_is_equal() -> None:
    proof = proved(Net(), x=(3, 8, 8))
    params = 4 * 3 * 9 + 4 + 2 * 4 + 5 * 4 + 5
    macs = 16 * 4 * 3 * 9 + 5 * 4
    assert said(proof) == []
    assert (proof.layers, proof.params, proof.macs) == (6, params, macs)
    assert proof.summary == f"6 layers, {params} params, {macs:,} MACs: {PROVED}"


def test_what_is_imported_of_a_source_can_be_proved(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("from torch import nn\ndef make(): return nn.Sequential(nn.Linear(3, 4))\n")
    found = imported(f"{tmp_path}/net.py:make", (3,))
    assert found.prove is not None
    assert found.prove(spec_text(found.graph)).summary == f"1 layer, 16 params, 12 MACs: {PROVED}"


def test_a_wrong_stride_is_found_by_shape_macs_and_outputs() -> None:
    proof = held_against(lowered_of(Net(stride=1), x=(3, 8, 8)), Net())
    wanted, found = 2 * 16 * 4 * 3 * 9, 2 * 64 * 4 * 3 * 9
    assert said(proof)[:3] == [
        f"conv: {wanted:,} MACs run in it for 2 samples by PyTorch's dispatcher, but the spec has {found:,}",
        "conv: it returns 2×4×4×4 for 2 samples, but its layers in the spec give 4×8×8",
        "norm: it returns 2×4×4×4 for 2 samples, but its layers in the spec give 4×8×8",
    ]
    assert said(proof)[-1].startswith("conv: its output is (2, 4, 8, 8), but (2, 4, 4, 4) in the reference")
    assert proof.summary.endswith(f"NOT equal to the module, {len(proof.problems)} differences")


def test_a_missing_bias_is_found_and_nothing_is_run() -> None:
    proof = held_against(lowered_of(Net(bias=False), x=(3, 8, 8)), Net())
    assert said(proof) == ["conv: its parameter conv.bias of 4 is not in the spec"]
    assert proof.outputs == "outputs not compared"


def test_a_wrong_key_is_found() -> None:
    proof = held_against(lowered_of(Net(name="head"), x=(3, 8, 8)), Net())
    only = [
        "fc: its parameter fc.weight of 5×4 is not in the spec",
        "fc: its parameter fc.bias of 5 is not in the spec",
    ]
    assert said(proof)[:2] == only
    assert "head: the parameter head.weight of 5×4 is only in the spec" in said(proof)


def test_other_sizes_of_a_tensor_are_found() -> None:
    wider = Alone()
    wider.fc = nn.Linear(3, 6)
    proof = held_against(lowered_of(Alone(), x=(3,)), wider)
    assert said(proof)[0] == "fc: its parameter fc.weight is 6×3, but 4×3 in the spec"


def test_a_wrong_rule_of_macs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found, right = lowered_of(Net(), x=(3, 8, 8)), Linear.macs
    monkeypatch.setattr(Linear, "macs", lambda *given: 2 * right(*given))
    assert said(held_against(found)) == [
        "fc: 40 MACs run in it for 2 samples by PyTorch's dispatcher, but the spec has 80"  # 2 · 4 · 5, and twice that
    ]


def test_a_swapped_input_is_found() -> None:
    found = lowered_of(Minus(), x=(3,), y=(4,))
    assert said(held_against(found)) == []
    same = lowered_of(_Both(False), x=(4,), y=(4,))
    assert said(held_against(same)) == []
    assert "differs by" in said(held_against(same, _Both(True)))[0]


class _Both(nn.Module):
    def __init__(self, swapped: bool) -> None:
        super().__init__()
        self.swapped = swapped

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return y - 2 * x if self.swapped else x - 2 * y


def test_another_eps_is_found() -> None:
    proof = held_against(lowered_of(Net(eps=1e-6), x=(3, 8, 8)), Net())
    assert said(proof)[0].startswith("the network itself: the output differs by ")
    assert said(proof)[1].startswith("norm: its output differs by ")


@pytest.mark.parametrize(
    "after, fact",
    [
        (lambda y: y.flip(0), "the outputs of a sample depend on what else is in the batch"),
        (lambda y: y - y.mean(0), "the outputs of a sample depend on what else is in the batch"),
        (lambda y: y + torch.rand(()), "two runs on the same inputs give different outputs"),
        (lambda y: y * 0, "the output differs by "),
        (lambda y: y / 0, "the output is not finite, so it proves nothing"),
        (lambda y: (y, y), "its forward returns 2 tensors, but inputs reach only 1"),
        (lambda y: y[:, :2], "the output is (2, 2), but (2, 4) in the spec's network"),
        (
            lambda y: y.half().to(y.dtype),
            "its forward computes a part in float16, but outputs are compared in float32 or float64",
        ),
        (lambda y: y.nothing, "test:net fails: AttributeError: 'Tensor' object has no attribute 'nothing'"),
    ],
)
def test_a_forward_that_the_graph_does_not_say_is_found(after: Any, fact: str) -> None:
    assert any(fact in line for line in said(held_against(lowered_of(Alone(), x=(3,)), Alone(after))))


def test_equal_outputs_that_are_the_same_for_every_input_prove_nothing() -> None:
    net = Alone(lambda y: y * 0)
    (line,) = said(held_against(lowered_of(net, x=(3,))))
    assert line == "the network itself: the output is the same for every input, up to 0e+00, so it proves nothing"


def test_a_text_that_says_another_network_or_none_is_found() -> None:
    found = lowered_of(Alone(), x=(3,))
    text = spec_text(found.imported.graph)
    assert "fc (linear)" in said(held_against(found, text=text.replace("linear: 4", "linear: 5")))[0]
    (line,) = said(held_against(found, text=text.replace("linear: 4", "linear: four")))
    assert line.startswith("the network itself: calc refuses the spec that would be written: test:net:")


def test_what_its_code_computes_in_float32_is_equal_in_float32() -> None:
    assert proved(Alone(lambda y: y.float() * 2), x=(3,)).outputs == "outputs at batch 2 equal in float32"


def test_on_meta_all_is_compared_but_outputs() -> None:
    with torch.device("meta"):
        net, wrong = Net(), Net(stride=1)
    proof = proved(net, x=(3, 8, 8))
    assert said(proof) == []
    assert proof.outputs == "outputs not compared, because the module is on the meta device"
    assert len(said(held_against(lowered_of(wrong, x=(3, 8, 8)), net))) > 1


def test_the_network_is_left_as_it_was() -> None:
    net = Net()
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    proved(net, x=(3, 8, 8))
    assert all(torch.equal(tensor, before[key]) for key, tensor in net.state_dict().items())
    assert {tensor.dtype for tensor in net.parameters()} == {torch.float32}


class Bessel(nn.Module):
    """A layer behind a function that calc has no op for."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(torch.special.bessel_j0(x))


def test_what_is_not_known_is_no_difference_but_outputs_cannot_be_compared() -> None:
    found = lowered(traced(loaded(Bessel(), x=(3, 4))), opaque=True)
    words = "2 layers, 25 params, at least 60 MACs: equal to the module; outputs not compared, because not all of its"
    assert held_against(found).summary == f"{words} layers are known"


@pytest.mark.parametrize("tensors, differs", [("weight=4x3x3x3 bias=4", 0), ("weight=4x3x3x3", 1), ("none", 2)])
def test_what_a_layer_is_said_to_hold_is_proved(tensors: str, differs: int) -> None:
    found = lowered_of(Net(), x=(3, 8, 8))
    conv = next(line for line in spec_text(found.imported.graph).splitlines() if "conv:" in line)
    fields = f"op: a.conv, shape: [4, 4, 4], channels: first, reason: none, tensors: {tensors}"
    text = spec_text(found.imported.graph).replace(conv, f"  conv: {{opaque: {{{fields}}}}}")
    other_network, *facts = said(held_against(found, text=text))
    assert "another network" in other_network
    assert [fact.startswith("conv: its parameter conv.") for fact in facts] == [True] * differs


def test_what_is_not_known_of_one_module_excuses_no_other() -> None:
    found = lowered_of(Net(), x=(3, 8, 8))
    text = spec_text(found.imported.graph).replace("fc: {linear: 5}", "fc: {opaque: {op: a, shape: [5], reason: b}}")
    facts = said(held_against(found, Net(stride=1), text))
    assert any(
        fact.startswith("conv: ") and "MACs run in it for 2 samples by PyTorch's dispatcher" in fact for fact in facts
    )
    assert not any(fact.startswith("fc: ") and "MACs run" in fact for fact in facts)


class RunsALayerInHooks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 3)
        self.other = nn.Linear(3, 3, bias=False)
        self.fc.register_forward_hook(lambda _module, _inputs, output: self.other(output))
        self.fc.register_forward_pre_hook(lambda _module, inputs: (self.other(inputs[0]),))

    def forward(self, x: torch.Tensor) -> Any:
        return self.fc(x)


def test_hooks_are_named_where_their_module_differs() -> None:
    fact = "fc: it has forward hooks, which may cause the difference: RunsALayerInHooks.__init__.<locals>.<lambda>"
    assert fact in said(proved(RunsALayerInHooks(), x=(3,)))


def test_an_output_that_is_the_same_for_large_weights_is_compared_for_smaller_ones() -> None:
    class Saturated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(3, 4)
            self.out = nn.Linear(4, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.tanh(40 * self.out(40 * self.fc(x)).abs())

    proof = proved(Saturated(), x=(3,))
    assert said(proof) == []
    assert proof.outputs == "outputs at batch 2 equal"
