"""``calc weights``."""

import csv
import json
import os
import struct
from math import prod
from pathlib import Path

import pytest

from calc.formats import format_named
from calc.model.graph import buffers, parameters
from calc.spec import expand, load
from calc.spec.shelf import packaged
from calc.weights.file_types import Matrix, NetworkFacts, file_types
from calc.weights.gguf import TYPES
from tests.calc.weights.files import F32, Q4_K, TEXT, U32, gguf_bytes, info, key, safetensors_bytes, text
from tests.calc.weights.networks import language_model
from tests.terminal import WIDTHS, faults, pretend

LAYERS = 80


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A language model of 80 layers, of which only the header is there: all else is a hole in the file."""
    shapes = {
        "model.embed_tokens.weight": [128256, 8192],
        "model.norm.weight": [8192],
        "lm_head.weight": [128256, 8192],
    }
    for at in range(LAYERS):
        shapes |= {f"model.layers.{at}.self_attn.{name}_proj.weight": [8192, 8192] for name in "qo"}
        shapes |= {f"model.layers.{at}.mlp.{name}_proj.weight": [28672, 8192] for name in ("up", "gate")}
        shapes[f"model.layers.{at}.input_layernorm.weight"] = [8192]
    header, end = {}, 0
    for name, shape in shapes.items():
        size = 2 * shape[0] * (shape[1] if shape[1:] else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors_bytes(header, 0))
    os.truncate(path, path.stat().st_size + end)
    return str(path)


PARAMS = 2 * 128256 * 8192 + 8192 + LAYERS * (2 * 8192**2 + 2 * 28672 * 8192 + 8192)


def test_a_model_of_many_layers_is_one_screen(calc, file: str) -> None:
    ran = calc("weights", file)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert len(lines) < 40
    rows = {line.split()[0]: line.split()[1:] for line in lines if line}
    assert rows["params"][0] == f"{PARAMS:,}"
    assert rows["tensor"][:2] == ["bytes", f"{2 * PARAMS:,}"]
    each = [f"{80 * 2 * 8192**2:,}", "16"]
    assert rows["model.layers.{0..79}.self_attn.q_proj.weight"] == ["80", "8192×8192", "BF16", "weight", *each]
    assert rows["head"] == ["1", f"{128256 * 8192:,}", f"{2 * 128256 * 8192:,}", rows["head"][3], "%", "16"]


def test_all_lists_every_tensor(calc, file: str) -> None:
    out = calc("weights", file, "--all").out
    assert "model.layers.41.self_attn.q_proj.weight" in out
    assert "{0..79}" not in out


def test_json_and_csv_list_every_tensor(calc, file: str) -> None:
    found = json.loads(calc("weights", file, "--format", "json").out)
    assert found["schema"] == "calc.weights/1"
    assert found["totals"]["elements"] == sum(tensor["elements"] for tensor in found["tensors"]) == PARAMS
    assert (found["totals"]["params"], found["totals"]["buffers"]) == (PARAMS, 0)
    assert found["totals"]["tensor_bytes"] == sum(role["bytes"] for role in found["roles"]) == 2 * PARAMS
    assert found["totals"]["effective_bits"] == 16
    assert found["totals"]["file_bytes"] == Path(file).stat().st_size
    rows = list(csv.DictReader(calc("weights", file, "--format", "csv").out.splitlines()))
    assert len(rows) == len(found["tensors"]) == 3 + 5 * LAYERS
    assert rows[0]["shape"] == "128256x8192"


@pytest.mark.parametrize("format_", ["table", "csv", "json", "markdown"])
def test_an_earlier_report_is_replaced_and_the_file_itself_never(calc, file: str, tmp_path: Path, format_: str) -> None:
    for _ in range(2):
        assert calc("weights", file, "--format", format_, "--output", str(tmp_path / "report")).code == 0
    assert "is read by this command" in calc("weights", file, "--output", file, "--force").err


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_a_terminal(calc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, width: int) -> None:
    monkeypatch.chdir(tmp_path)
    header = {"漢" * 200: {"dtype": "I8", "shape": [], "data_offsets": [0, 1]}}
    Path("hostile.safetensors").write_bytes(safetensors_bytes(header, 1))
    for path in (Path(file).name, "hostile.safetensors"):
        pretend(monkeypatch, None)
        piped = calc("weights", path).out
        pretend(monkeypatch, width)
        assert faults(calc("weights", path).out, width, piped) == []


def test_an_empty_file_of_no_tensors_is_told(calc, tmp_path: Path) -> None:
    (tmp_path / "none.safetensors").write_bytes(safetensors_bytes({}, 0))
    ran = calc("weights", str(tmp_path / "none.safetensors"))
    assert (ran.code, ran.err) == (0, "")
    for format_ in ("csv", "json", "markdown"):
        assert calc("weights", str(tmp_path / "none.safetensors"), "--format", format_).code == 0


@pytest.mark.parametrize(
    "data, said",
    [
        (b"", "byte 0: the file is cut: the length of the header takes 8 bytes from here, and 0 are left"),
        (b"PK\x03\x04" + bytes(90), "byte 0: not a file of weights that calc reads: it is a zip, as torch.save writes"),
        (
            (10**8).to_bytes(8, "little") + b"{}" + bytes(1000),
            "its header 100,000,000 bytes, but only 1,002 follow",
        ),
        (b"name: a spec\n", "bytes, but only 5 follow: it is cut off, or it is not a safetensors file"),
    ],
)
def test_what_is_no_file_of_weights_is_said(calc, tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    ran = calc("weights", str(path))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{path}: ")
    assert said in ran.err


def test_what_is_no_file_is_said(calc, tmp_path: Path) -> None:
    (tmp_path / "b.safetensors").touch()
    (tmp_path / "a.gguf").touch()
    ran = calc("weights", str(tmp_path))
    assert (ran.code, ran.err) == (2, f"{tmp_path}: is a folder\n  hint: name a file in it: a.gguf, b.safetensors\n")
    assert "No such file" in calc("weights", str(tmp_path / "x.safetensors")).err
    if os.path.exists("/dev/zero"):
        assert calc("weights", "/dev/zero").err == "/dev/zero: cannot be read: it is a device, not a file\n"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.safetensors")
        assert "it is a pipe, not a file" in calc("weights", str(tmp_path / "pipe.safetensors")).err


def test_the_page_of_docs_shows_what_is_printed(calc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file of Llama-3.1-8B as Q4_K_M, in which three tensors are otherwise; only its header is there."""
    matrices = [*language_model(32, 4096, 14336, 128256, 1024), Matrix("rope_freqs.weight", (64,))]
    formats = file_types().chosen("Q4_K_M", matrices, NetworkFacts("llama", 32, 32, 8))
    formats |= dict.fromkeys(["output.weight", "blk.2.ffn_down.weight", "blk.3.ffn_down.weight"], "Q8_0")
    keys = [key("general.architecture", TEXT, text("llama"))]
    for name, value in (("block_count", 32), ("attention.head_count", 32), ("attention.head_count_kv", 8)):
        keys.append(key(f"llama.{name}", U32, struct.pack("<I", value)))
    numbers = {name: number for number, name in TYPES.items()}
    infos, end = [], 0
    for name, sizes in matrices:
        format_ = formats[name] or "F32"
        infos.append(info(name, list(reversed(sizes)), numbers[format_], end))
        end += format_named(format_).stored_bits(sizes) // 8
    path = tmp_path / "llama-3.1-8b-q4_k_m.gguf"
    path.write_bytes(gguf_bytes(keys, infos, 0))
    os.truncate(path, path.stat().st_size + end)
    monkeypatch.chdir(tmp_path)
    page = Path(__file__).parents[3] / "docs/weights.md"
    _, _, shown = page.read_text(encoding="utf-8").partition(f"$ calc weights {path.name}\n")
    shown, _, _ = shown.partition("```")
    assert len(shown) > 1000
    assert calc("weights", path.name).out.startswith(shown)


def of_spec(spec: str, path: Path, prefix: str = "") -> str:
    """A file of the weights of ``spec``."""
    graph = expand(load(spec))
    header, end = {}, 0
    for name, sizes in (parameters(graph) | buffers(graph)).items():
        header[prefix + name] = {"dtype": "F32", "shape": sizes, "data_offsets": [end, end + 4 * prod(sizes)]}
        end += 4 * prod(sizes)
    path.write_bytes(safetensors_bytes(header, end))
    return str(path)


def test_against_a_spec(calc, spec: str, tmp_path: Path) -> None:
    path = of_spec(spec, tmp_path / "small.safetensors")
    ran = calc("weights", path, "--against", spec)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("keys     3 agree\nverdict  fits\n")
    ran = calc("weights", path, "--against", spec, "--set", "width=5")
    assert (ran.code, ran.err) == (1, "")
    assert ["stem.0.weight", "other", "shape", "4×3×3×3", "5×3×3×3"] in [line.split() for line in ran.out.splitlines()]
    found = json.loads(calc("weights", path, "--against", spec, "--set", "width=5", "--format", "json").out)
    assert (found["fits"], found["agreeing"], len(found["differences"])) == (False, 1, 2)
    assert "--output" in calc("weights", path, "--against", spec, "--output", spec, "--force").err


def test_against_a_spec_behind_a_prefix(calc, spec: str, tmp_path: Path) -> None:
    ran = calc("weights", of_spec(spec, tmp_path / "small.safetensors", "model."), "--against", spec)
    assert ran.code == 1
    assert "all keys of the file begin with model. which is left out here: 3 keys agree without it" in ran.out


def test_against_any_packaged_spec(calc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: packaged()[name] for name in ("siamese", "espcn")}
    monkeypatch.setattr("calc.weights.against.packaged", lambda: few)
    path = of_spec("espcn", tmp_path / "x.safetensors")
    ran = calc("weights", path, "--against", "any")
    assert (ran.code, ran.err) == (0, "")
    assert "\nfits  espcn\n" in ran.out
    assert json.loads(calc("weights", path, "--against", "any", "--format", "json").out)["fits"] == ["espcn"]
    (tmp_path / "none.safetensors").write_bytes(safetensors_bytes({}, 0))
    ran = calc("weights", str(tmp_path / "none.safetensors"), "--against", "any")
    assert ran.code == 1
    assert "fits  no packaged spec\n" in ran.out
    assert "name the spec" in calc("weights", path, "--against", "any", "--set", "a=1").err


def test_options_that_go_with_a_spec_need_one(calc, file: str) -> None:
    assert "--set, --input and --opaque are about the spec of --against" in calc("weights", file, "--set", "a=1").err
    assert "--all lists tensors" in calc("weights", file, "--all", "--against", "x").err


def test_run_tells_a_file_of_weights(calc, file: str) -> None:
    assert calc("run", file, "--all") == calc("weights", file, "--all")
    ran = calc("run", file, "--batch", "1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("--batch is about a network, and ")


def test_a_gguf_file_and_its_file_type(calc, tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    keys = [key("general.architecture", TEXT, text("llama"))]
    for name, value in (("block_count", 1), ("attention.head_count", 1)):
        keys.append(key(f"llama.{name}", U32, struct.pack("<I", value)))
    infos = [info("token_embd.weight", [256, 2], Q4_K, 0), info("output.weight", [256, 2], Q4_K, 288)]
    path.write_bytes(gguf_bytes(keys, infos, 2 * 288))
    out = calc("weights", str(path)).out
    fits = next(line.split(maxsplit=2) for line in out.splitlines() if line.startswith("fits"))
    assert fits == ["fits", "Q4_K_S", "by the rules of llama.cpp of 2026-06-13, but for 1 tensor of 2"]
    assert "\noutput.weight: Q4_K, where Q4_K_S has Q6_K\n" in out
    found = json.loads(calc("weights", str(path), "--format", "json").out)
    assert found["fits"]["differences"] == [{"name": "output.weight", "format": "Q4_K", "wanted": "Q6_K"}]


@pytest.mark.parametrize("against", ["llama3_1b", "any"])
def test_names_of_gguf_are_none_of_pytorch(calc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, against: str) -> None:
    monkeypatch.setattr("calc.weights.against.packaged", lambda: {"llama3_1b": packaged()["llama3_1b"]})
    path = tmp_path / "x.gguf"
    path.write_bytes(gguf_bytes([], [info("blk.0.attn_q.weight", [256, 2], Q4_K, 0)], 288))
    ran = calc("weights", str(path), "--against", against)
    assert ran.code == 2
    assert "its tensors have GGUF's names" in ran.err


def test_the_parts_of_a_split_network_are_one(calc, tmp_path: Path) -> None:
    count = key("split.count", U32, struct.pack("<I", 2))
    for at in (1, 2):
        data = gguf_bytes([count], [info(f"t{at}", [4], F32, 0)], 16)
        (tmp_path / f"x-0000{at}-of-00002.gguf").write_bytes(data)
    ran = calc("weights", str(tmp_path / "x-00002-of-00002.gguf"))
    assert (ran.code, ran.err) == (0, "")
    assert "2 files" in ran.out
    assert "\ntensors         2\n" in ran.out
    part = str(tmp_path / "x-00001-of-00002.gguf")
    again = calc("weights", str(tmp_path / "x-00002-of-00002.gguf"), "--output", part, "--force")
    assert "is read by this command" in again.err
    for name in ("blob", "y-00001-of-00003.gguf"):
        (tmp_path / name).write_bytes(gguf_bytes([count], [info("t1", [4], F32, 0)], 16))
        assert "a part of a network in 2 files, which are not called" in calc("weights", str(tmp_path / name)).out
    (tmp_path / "x-00001-of-00002.gguf").write_bytes(data)
    assert "t2: is in x-00001-of-00002.gguf too" in calc("weights", str(tmp_path / "x-00002-of-00002.gguf")).err
    (tmp_path / "x-00001-of-00002.gguf").unlink()
    assert "x-00001-of-00002.gguf: cannot be read" in calc("weights", str(tmp_path / "x-00002-of-00002.gguf")).err
