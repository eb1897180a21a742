"""``calc verify`` as a user runs it: what it prints, and its exit codes 0, 1 and 2."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError

import pytest

from calc.cli import main
from calc.extras import install_hint
from calc.ops.linear import Linear
from verify.cli import verify as command

pytestmark = pytest.mark.torch

SPEC = """\
name: Small
input: [3, 8, 8]
layers:
  conv: {conv2d: {out_channels: 4, kernel_size: 3}}
  act: relu
  flatten: flatten
  head: {linear: 10}
"""
PUBLISHED = ("squeezenet1_1", "--input", "3x64x48")


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Calc:
    """``calc verify`` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *args: str) -> Ran:
        self.monkeypatch.setattr(sys, "argv", ["calc", "verify", *args])
        with pytest.raises(SystemExit) as stop:
            main()
        code = stop.value.code or 0
        assert isinstance(code, int)
        return Ran(code, *self.capsys.readouterr())


@pytest.fixture
def calc(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Calc:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SPEC)
    return Calc(monkeypatch, capsys)


def doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let calc count a linear layer twice."""
    true = Linear.macs

    def macs(self, inputs, output):  # type: ignore[no-untyped-def]  # the signature of the rule
        return tuple(product._replace(macs=2 * product.macs) for product in true(self, inputs, output))

    monkeypatch.setattr(Linear, "macs", macs)


def test_a_network_that_agrees(calc: Calc) -> None:
    ran = calc("small.yaml", "--bits", "4")
    assert (ran.code, ran.err) == (0, "")
    titles, _, conv, head, empty, silent, verdict = ran.out.splitlines()
    assert titles.split()[-5:] == ["W", "bits", "SQNR", "dB", "agree"]
    macs, params = 4 * 3 * 3 * 3 * 6 * 6, 4 * 3 * 3 * 3 + 4
    assert conv.split()[:7] == ["conv", "4×6×6", str(params), str(params), *[f"{macs:,}"] * 3]
    assert re.fullmatch(r"4 +\d\d\.\d +yes", "   ".join(head.split()[-3:]))
    assert empty == ""
    assert silent.startswith("not listed: 2 layers without MACs")
    assert verdict.startswith("2 layers with MACs, 3 independent counts, 0 differences; ")
    assert ": 2 of 2 layers measured; peak of activations at 32 bits " in verdict


def test_all_layers(calc: Calc) -> None:
    ran = calc("small.yaml", "--all-layers")
    assert [line.split()[:2] for line in ran.out.splitlines()[2:6]] == [
        ["conv", "4×6×6"],
        ["act", "4×6×6"],
        ["flatten", str(4 * 6 * 6)],
        ["head", "10"],
    ]
    assert "not listed" not in ran.out


def test_the_shape_shown_is_the_one_that_ran(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    from calc.ops.conv import Conv2d

    true = Conv2d.output_shape

    def larger(self, inputs):  # type: ignore[no-untyped-def]  # the signature of the rule
        shape = true(self, inputs)
        return shape._replace(sizes=(shape.sizes[0], 7, 7))

    monkeypatch.setattr(Conv2d, "output_shape", larger)
    Path("one.yaml").write_text(SPEC[: SPEC.index("  act")])
    ran = calc("one.yaml")
    assert ran.code == 1
    first, empty, _, _, conv, *_ = ran.out.splitlines()
    assert first.startswith("DIFFERS from what was measured, first at conv: output shape (1, 4, 7, 7) by calc")
    assert (empty, conv.split()[1]) == ("", "4×6×6")
    assert "conv: output shape (1, 4, 7, 7) by calc, (1, 4, 6, 6) by hooks" in ran.out


def test_a_difference_is_exit_code_1_and_listed(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    doubled(monkeypatch)
    ran = calc("small.yaml")
    assert ran.code == 1
    macs = 10 * 4 * 6 * 6
    assert f"head: macs {2 * macs} by calc, {macs} by the dispatcher\n" in ran.out
    assert f"head: macs {2 * macs} by calc, {macs} by the probe\n" in ran.out


NORMED = SPEC.replace("  act: relu\n", "  norm: batch_norm\n  act: relu\n")


def test_a_deployed_network(calc: Calc) -> None:
    Path("normed.yaml").write_text(NORMED)
    ran = calc("normed.yaml", "--deployed")
    assert (ran.code, ran.err) == (0, "")
    verdict = ran.out.splitlines()[-1]
    assert "; deployed (1 norm folded, 1 activation fused): outputs equal to " in verdict
    found = json.loads(calc("normed.yaml", "--deployed", "--format", "json").out)["deployed"]
    assert (found["folded"], found["fused"], found["dropped"]) == (["norm"], ["act"], [])
    assert found["outputs"]["equal"]
    assert 0 <= found["outputs"]["relative_difference"] <= 1e-10
    assert "deployed" not in json.loads(calc("normed.yaml", "--format", "json").out)


def test_a_deployed_network_that_differs(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from verify import fold

    Path("normed.yaml").write_text(NORMED)
    ones = torch.ones(4, dtype=torch.float64)
    monkeypatch.setattr(fold, "scale_and_shift", lambda *_: (ones, ones))
    ran = calc("normed.yaml", "--deployed")
    assert ran.code == 1
    assert ran.out.startswith("DIFFERS from the network as written, first at conv: its output differs by ")
    assert "outputs DIFFER by " in ran.out


def test_a_deployed_network_is_not_compared_with_torchvisions(calc: Calc) -> None:
    ran = calc("mobilenetv2", "--deployed", "--against", "torchvision")
    assert (ran.code, ran.out) == (2, "")
    assert "--deployed compares with the network as written" in ran.err


def test_on_meta_a_deployed_network_is_counted_and_not_run(calc: Calc) -> None:
    Path("normed.yaml").write_text(NORMED)
    ran = calc("normed.yaml", "--deployed", "--device", "meta", "--format", "json")
    found = json.loads(ran.out)
    assert (ran.code, found["agrees"], found["deployed"]["outputs"]) == (0, True, None)


def test_json(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = calc("small.yaml", "--bits", "3", "--format", "json")
    found = json.loads(ran.out)
    assert (ran.code, found["schema"], found["agrees"], found["mismatches"]) == (0, "calc.verify/1", True, [])
    conv, act, _, head = found["layers"]
    assert conv["codes"] == {"weight_bits": [3], "bitops_weight": 3 * 4 * 27 * 6 * 6, "not_measured": None}
    (report,) = head["quantised"]
    assert (report["name"], report["elements"], report["bits"]) == ("head.weight", 10 * 4 * 6 * 6, 3)
    assert (report["levels"], report["bits_needed"]) == (2**3, 3)
    # symmetric: from -3 to 3, one of which the largest weight has; -4 is never used
    assert 4 <= report["codes_in_use"] <= 7
    assert 0 < report["max_error"] <= report["max_error_bound"]
    assert report["sqnr_db"] > 0
    assert (report["faults"], act["quantised"], act["codes"]) == ([], [], None)
    doubled(monkeypatch)
    ran = calc("small.yaml", "--format", "json")
    found = json.loads(ran.out)
    assert (ran.code, found["agrees"]) == (1, False)
    assert {row["layer"] for row in found["mismatches"]} == {"head"}


def test_output_is_a_file(calc: Calc) -> None:
    ran = calc("small.yaml", "--format", "json", "--output", "found.json")
    assert (ran.code, ran.out) == (0, "")
    assert json.loads(Path("found.json").read_text())["agrees"] is True


def test_against_the_reference(calc: Calc) -> None:
    ran = calc(*PUBLISHED, "--against", "torchvision")
    assert ran.code == 0
    verdict, published = ran.out.splitlines()[-2:]
    assert "torchvision/squeezenet1_1: state dict identical, outputs identical (max |Δ| = 0)" in verdict
    assert published == (
        "torchvision IMAGENET1K_V1 at 3×224×224: 0.349 GMACs published, 349,151,936 by calc; "
        "1,235,496 and 1,235,496 params: agree"
    )


def test_another_stride_has_the_same_weights_and_not_the_published_macs(calc: Calc) -> None:
    from calc.spec.shelf import packaged_specs

    text = (packaged_specs() / "alexnet.yaml").read_text(encoding="utf-8")
    assert "stride: 4" in text
    Path("alexnet.yaml").write_text(text.replace("stride: 4", "stride: 3"), encoding="utf-8")
    ran = calc("alexnet.yaml", "--against", "torchvision", "--device", "meta", "--format", "json")
    found = json.loads(ran.out)
    assert (ran.code, found["agrees"], found["mismatches"]) == (1, False, [])
    (figure,) = found["published"]
    assert (figure["entry"], figure["giga_macs"], figure["agrees"]) == ("IMAGENET1K_V1", 0.714, False)
    assert figure["macs"] > 10**9
    assert "DIFFER" in calc("alexnet.yaml", "--against", "torchvision", "--device", "meta").out.splitlines()[-1]


def test_weights_that_come(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision import models

    from verify.lively import lively

    state = lively(models.squeezenet1_1().state_dict(), seed=3)

    def comes(url: str, *_: object, **__: object) -> object:
        print(f"Downloading: {url}")
        return state

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", comes)
    ran = calc(*PUBLISHED, "--weights", "DEFAULT", "--format", "json")
    found = json.loads(ran.out)
    assert (ran.code, found["reference"]["identical"], len(found["published"])) == (0, True, 1)
    assert ran.err.startswith("Downloading: ")


def test_weights_that_do_not(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise URLError(OSError("no route to host"))

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fails)
    ran = calc(*PUBLISHED, "--weights", "DEFAULT")
    assert (ran.code, ran.out) == (2, "")
    assert "could not be downloaded: no route to host\n  hint: without --weights" in ran.err


def test_meta_runs_nothing(calc: Calc) -> None:
    ran = calc("small.yaml", "--device", "meta")
    assert ran.code == 0
    assert "0 differences" in ran.out
    assert "weights' codes" not in ran.out


@pytest.mark.parametrize(
    "args, fact",
    [
        ((), "takes a spec, or --all"),
        (("small.yaml", "--all"), "takes a spec, or --all"),
        (("--all", "--device", "meta"), "--all takes no option but --bits"),
        (("--all", "--all-layers"), "--all takes no option but --bits"),
        (("--all", "--weights", "DEFAULT"), "--all takes no option but --bits"),
        (("nonesuch",), "neither a file nor a packaged spec"),
        (("small.yaml", "--bits", "many"), "unknown precision 'many'"),
        (("small.yaml", "--batch", "0"), "--batch '0': must be a positive integer"),
        (("small.yaml", "--format", "csv"), "--format 'csv'"),
        (("small.yaml", "--against", "timm"), "--against timm: is not a network that can be built"),
        (("small.yaml", "--against", "torchvision"), "Small has no reference"),
        (("small.yaml", "--device", "foo"), "device 'foo' cannot be used here"),
        (("small.yaml", "--device", "cpu:9"), "there is only one cpu"),
        (("small.yaml", "--device", "xla"), "device 'xla' cannot be used here"),
        (
            ("vit_b_32", "--input", "3x65x65", "--against", "torchvision"),
            "torchvision/vit_b_32 cannot be built for 3×65×65: Input shape indivisible",
        ),
        ((*PUBLISHED, "--weights", "NOPE"), "squeezenet1_1 has no weights NOPE"),
        ((*PUBLISHED, "--weights", "DEFAULT", "--device", "meta"), "not used on meta"),
    ],
)
def test_bad_input_is_a_message_and_exit_code_2(calc: Calc, args: tuple[str, ...], fact: str) -> None:
    ran = calc(*args)
    assert (ran.code, ran.out) == (2, "")
    assert fact in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "device, fact", [("cpu", "tried to allocate 4000000000000000 bytes"), ("meta", "the probe runs aten.addmm")]
)
def test_a_layer_larger_than_memory_is_located(calc: Calc, device: str, fact: str) -> None:
    Path("huge.yaml").write_text("name: huge\ninput: [10000000]\nlayers:\n  wide: {linear: 100000000}\n")
    ran = calc("huge.yaml", "--device", device)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("huge.yaml:4:10: wide (linear): ")
    assert fact in ran.err


def test_a_layer_that_torch_refuses_is_located(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch import nn

    def forward(*_: object) -> None:
        raise RuntimeError("no kernel\nfor this")

    monkeypatch.setattr(nn.ReLU, "forward", forward)
    ran = calc("small.yaml")
    assert ran.code == 2
    assert ran.err == "small.yaml:5:8: act (relu): torch refuses it: no kernel\n"


@pytest.mark.parametrize(
    "missing, args, fact",
    [
        ("torch", ("small.yaml",), "calc verify runs the network in PyTorch, which is not installed"),
        ("torchvision", ("small.yaml", "--against", "torchvision"), "compares with torchvision, which is not"),
        ("torchvision", ("small.yaml", "--weights", "DEFAULT"), "compares with torchvision, which is not"),
        ("torchvision", ("--all",), "compares with torchvision, which is not"),
    ],
)
@pytest.mark.usefixtures("calc")
def test_what_is_not_installed_is_named_with_the_extra(missing: str, args: tuple[str, ...], fact: str) -> None:
    ran = without(missing, *args)
    assert (ran.code, ran.out) == (2, "")
    assert fact in ran.err
    assert ran.err.endswith(f"  hint: {install_hint('verify')}\n")
    assert "Traceback" not in ran.err


def test_torchvision_is_needed_for_references_only(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    assert calc("small.yaml").code == 0


def without(missing: str, *args: str) -> Ran:
    """``calc verify`` in a process of its own that cannot import ``missing``."""
    program = f"""
import importlib.util, sys
class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Nowhere())
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == {missing!r} else found(name, package)
sys.argv = ["calc", "verify", *{args!r}]
from calc.cli import main
main()
"""
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_the_work_is_told_of(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int]] = []
    done: list[int] = []

    @contextmanager
    def progress(what: str, total: int, *_: object) -> Iterator[Callable[[int], None]]:
        told.append((what, total))
        yield done.append

    monkeypatch.setattr(command, "progress", progress)
    assert calc("small.yaml").code == 0
    # 4 layers in the real run, that on meta, that for the peak and the quantised one
    assert told == [("Small", 4 * 4)]
    assert sum(done) == 4 * 4
    assert calc("small.yaml", "--device", "meta").code == 0
    assert told[1:] == [("Small", 4)]
    assert sum(done) == 4 * 4 + 4


def test_the_comparison_is_told_of_too(calc: Calc, monkeypatch: pytest.MonkeyPatch) -> None:
    totals: list[int] = []
    done: list[int] = []

    @contextmanager
    def progress(_what: str, total: int, *_: object) -> Iterator[Callable[[int], None]]:
        totals.append(total)
        yield done.append

    monkeypatch.setattr(command, "progress", progress)
    assert calc(*PUBLISHED, "--against", "torchvision").code == 0
    assert totals == [sum(done)]
