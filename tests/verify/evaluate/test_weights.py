import pytest
import torch

from calc import analyse
from tests.verify.small import model
from verify.build import build
from verify.errors import VerifyError
from verify.evaluate import load_weights
from verify.lively import lively

pytestmark = pytest.mark.torch

GRAPH = analyse(model()).graph


def state():
    return lively(build(GRAPH).state_dict(), seed=3)


@pytest.mark.parametrize("name", ["net.pt", "net.safetensors", "network", "state_dict", "model"])
def test_weights_are_loaded_by_their_keys(tmp_path, name):
    path = tmp_path / name
    if name.endswith("safetensors"):
        pytest.importorskip("safetensors.torch").save_file(state(), path)
    else:
        torch.save(state() if name == "net.pt" else {"epoch": 3, name: state()}, path)
    network = build(GRAPH)
    load_weights(network, str(path))
    assert all(torch.equal(tensor, state()[key]) for key, tensor in network.state_dict().items())


def test_counters_of_batch_norms_may_be_missing(tmp_path):
    torch.save({k: v for k, v in state().items() if "num_batches" not in k}, tmp_path / "net.pt")
    network = build(GRAPH)
    load_weights(network, str(tmp_path / "net.pt"))
    assert torch.equal(network.state_dict()["fc.weight"], state()["fc.weight"])


def damaged(change):
    found = state()
    change(found)
    return found


@pytest.mark.parametrize(
    "change, fact",
    [
        (
            lambda s: s.pop("fc.weight"),
            "holds 9 tensors, but the network has 10; 1 do not fit: fc.weight: not in the file",
        ),
        (lambda s: s.update(more=torch.zeros(1)), "more: not in the network"),
        (
            lambda s: s.update({"conv.weight": torch.zeros(6, 3, 5, 5)}),
            "6×3×5×5 in the file, but 6×3×3×3 in the network",
        ),
        (lambda s: s.update({"fc.bias": torch.ones(3, dtype=torch.int8)}), "int8 in the file, but torch.float32 in"),
        (lambda s: s.update({"fc.bias": torch.ones(3, dtype=torch.complex64)}), "complex64 in the file"),
        (lambda s: s.update({"fc.bias": torch.ones(3, device="meta")}), "no values in the file"),
        (lambda s: s.update({"fc.bias": torch.full((3,), 1e200, dtype=torch.float64)}), "3 of 3 values of fc.bias"),
        (lambda s: s["fc.bias"].fill_(float("nan")), "3 of 3 values of fc.bias are NaN or infinite"),
    ],
)
def test_weights_that_do_not_fit_are_refused_with_what_differs(tmp_path, change, fact):
    torch.save(damaged(change), tmp_path / "net.pt")
    with pytest.raises(VerifyError, match=fact):
        load_weights(build(GRAPH), str(tmp_path / "net.pt"))


def test_the_first_differences_of_each_kind_are_shown(tmp_path):
    torch.save({f"module.{key}": tensor for key, tensor in state().items()}, tmp_path / "net.pt")
    with pytest.raises(VerifyError, match=r"19 do not fit: conv\.weight: not in the file;.*and 13 more") as error:
        load_weights(build(GRAPH), str(tmp_path / "net.pt"))
    assert "module.bn.bias: not in the network" in error.value.fact


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float8_e4m3fn])
def test_floats_of_another_width_are_converted(tmp_path, dtype):
    torch.save({**state(), "fc.weight": state()["fc.weight"].to(dtype)}, tmp_path / "net.pt")
    network = build(GRAPH)
    load_weights(network, str(tmp_path / "net.pt"))
    assert torch.equal(network.fc.weight, state()["fc.weight"].to(dtype).float())


def test_a_changed_byte_in_a_torch_file_is_an_error(tmp_path):
    torch.save(state(), tmp_path / "net.pt")
    data = bytearray((tmp_path / "net.pt").read_bytes())
    data[data.index(state()["conv.weight"].numpy().tobytes()[:16])] ^= 1
    (tmp_path / "net.pt").write_bytes(data)
    with pytest.raises(VerifyError, match="damaged: the checksum of net/data/"):
        load_weights(build(GRAPH), str(tmp_path / "net.pt"))


@pytest.mark.parametrize("name, data", [("net.pt", b"junk"), ("net.safetensors", b"junk"), ("empty.pt", b"")])
def test_a_corrupt_file_is_an_error(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(VerifyError, match="cannot be read as weights"):
        load_weights(build(GRAPH), str(tmp_path / name))


def test_code_in_a_file_is_not_run_and_nothing_says_how(tmp_path):
    torch.save(build(GRAPH), tmp_path / "net.pt")
    with pytest.raises(VerifyError) as error:
        load_weights(build(GRAPH), str(tmp_path / "net.pt"))
    assert str(error.value).endswith("cannot be read as weights: it is not a file that holds only tensors")


def test_a_missing_file_and_one_without_tensors_are_errors(tmp_path):
    with pytest.raises(VerifyError, match="no such file"):
        load_weights(build(GRAPH), str(tmp_path / "net.pt"))
    torch.save([1, 2], tmp_path / "net.pt")
    with pytest.raises(VerifyError, match="holds no state dict"):
        load_weights(build(GRAPH), str(tmp_path / "net.pt"))
