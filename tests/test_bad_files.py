"""Bad input that no text file in bad_specs/ can hold: bytes, sizes, links, and files made to hurt the reader."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from calc.errors import SpecError
from calc.reading import MAX_BYTES
from calc.spec import expand, load, loads
from tests.calc.cli.conftest import Ran, calc

__all__ = ["calc"]

GOOD = "name: good\ninput: [3, 8, 8]\nlayers: [relu]\n"


def refusal(path: Path | str) -> str:
    """The message about the spec at ``path``, which must not take long to come."""
    started = time.process_time()
    with pytest.raises(SpecError) as caught:
        expand(load(path))
    assert time.process_time() - started < 10
    return str(caught.value)


def spec(folder: Path, text: str | bytes, name: str = "spec.yaml") -> Path:
    """A file in ``folder``."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


BYTES = {
    "not_utf_8": (b"name: caf\xe9\ninput: [3, 8, 8]\n", ":1:10: the byte 0xe9 is not UTF-8\n  hint: save"),
    "cut_utf_8": ("name: Käse\nnote: é".encode()[:-1], ":2:7: the byte 0xc3 is not UTF-8"),
    "utf_16": (GOOD.encode("utf-16"), ":1:4: a zero byte: a binary file or UTF-16"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ":3:1: a zero byte: a binary file"),
    "zeros": (b"\0" * 4096, ":1:1: a zero byte"),
    "control_character": (b"name: a\x07b\n", ":1:8: not YAML: the character U+0007 is not allowed"),
    "after_umlauts": ("name: ÄÖÜ\nsource: ü\x1b[31m\n".encode(), ":2:10: not YAML: the character U+001B is not"),
    "nothing": (b"", ":1:1: the file has no content"),
    "blanks": (b"\n\n   \n", ":1:1: the file has no content"),
    "mark_alone": (b"\xef\xbb\xbf", ":1:1: the file has no content"),
    "5000_digits": (b"name: a\ninput: [" + b"9" * 5000 + b"]\n", ":2:9: an integer of 5000 digits, but at most 18"),
    "5000_digits_float": (b"name: a\ninput: [" + b"9" * 5000 + b".5]\nlayers: []\n", "an expression of 5002 char"),
    "5000_hexadecimal": (b"name: a\ninput: [0x" + b"F" * 5000 + b"]\nlayers: []\n", "an expression of 5002 char"),
    "5000_sexagesimal": (b"name: a\ninput: [1" + b":59" * 2000 + b"]\nlayers: []\n", "an expression of 6001 char"),
    "5000_letters": (b"name: a\ninput: [3]\nlayers: [" + b"x" * 5000 + b"]\n", ":3:10: unknown op xxxx"),
    "1000_letters_in_a_key": (
        b"name: a\ninput: [3]\nlayers: [{" + b"a" * 1000 + b": 1, b: 2}]\n",
        "exactly one word, this one has 2: aaa",
    ),
}


@pytest.mark.parametrize("case", BYTES)
def test_bytes(case: str, tmp_path: Path) -> None:
    data, fact = BYTES[case]
    message = refusal(spec(tmp_path, data))
    assert fact in message
    assert len(message) < 1000


def test_a_folder_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nets").mkdir()
    monkeypatch.chdir(tmp_path)
    assert refusal("nets") == "nets: is a folder, not a spec\n  hint: the files in it: nets/*.yaml"


def test_a_byte_order_mark_and_foreign_line_ends_are_accepted(tmp_path: Path) -> None:
    marked = load(spec(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()))
    assert marked == loads(GOOD)


def test_places_after_a_byte_order_mark(tmp_path: Path) -> None:
    path = spec(tmp_path, b"\xef\xbb\xbfname: a\r\ninput: [3]\r\nlayers: [relu9]\r\n")
    assert refusal(path).startswith(f"{path}:3:10: unknown op relu9")


def test_half_a_surrogate_pair() -> None:
    with pytest.raises(SpecError, match=r"<text>:1:7: not YAML: the character U\+D800 is not allowed"):
        loads("name: \ud800")


def test_missing_and_directory(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.yaml") == f"{tmp_path}/none.yaml: cannot be read: No such file or directory"
    assert refusal(tmp_path) == f"{tmp_path}: cannot be read: Is a directory"
    assert "cannot be read" in refusal(spec(tmp_path, GOOD) / "below.yaml")
    assert "cannot be read" in refusal("nul\0.yaml")
    assert "neither a file nor a packaged spec\n  hint: did you mean mobilenetv2" in refusal("mobilenet-v22")
    assert "neither a file nor a packaged spec" in refusal("x" * 5000)
    assert "cannot be read: File name too long" in refusal("x" * 5000 + ".yaml")


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert refusal(path) == f"{path}: cannot be read: it has more than 67,108,864 bytes"


@pytest.mark.parametrize("depth", [65, 10_000, 100_000])
@pytest.mark.parametrize("text", ["[", "{a: ", "- ", "a:\n"])
def test_deep_nesting(text: str, depth: int, tmp_path: Path) -> None:
    nested = text * depth
    if text == "a:\n":
        nested = "".join(" " * level + text for level in range(min(depth, 5000)))
    assert "nested deeper than 64 levels" in refusal(spec(tmp_path, nested))


def test_nesting_by_aliases(tmp_path: Path) -> None:
    """Each anchor holds the one before it: every value is shallow as it is written."""
    lines = ["a0: &a0 [relu]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 400)]
    assert "nested deeper than 64 levels by aliases" in refusal(spec(tmp_path, "\n".join(lines)))


def test_alias_bomb(tmp_path: Path) -> None:
    lines = ["a: &a [" + ", ".join(["relu"] * 9) + "]"]
    lines += [f"{y}: &{y} [" + ", ".join([f"*{x}"] * 9) + "]" for x, y in zip("abcdefghi", "bcdefghij", strict=True)]
    assert len("\n".join(lines)) < 600
    assert "aliases expand to more than 100000 values" in refusal(spec(tmp_path, "\n".join(lines)))


def test_merge_key_bomb(tmp_path: Path) -> None:
    lines = ["a: &a {" + ", ".join(f"k{i}: 1" for i in range(9)) + "}"]
    lines += [f"{y}: &{y} {{<<: [" + ", ".join([f"*{x}"] * 9) + "]}" for x, y in zip("abcdef", "bcdefg", strict=True)]
    assert ":2:8: merge keys (<<) are not allowed" in refusal(spec(tmp_path, "\n".join(lines)))


def test_layers_that_aliases_multiply_are_within_the_limit() -> None:
    many = "a: &a [" + ", ".join(["relu"] * 100) + "]"
    text = f"name: many\ninput: [3]\nlayers:\n  {many}\n" + "".join(f"  b{i}: *a\n" for i in range(90))
    assert len(expand(loads(text)).nodes) == 1 + 91 * 100


def test_extends_through_links(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    spec(inside, GOOD, "good.yaml")
    spec(outside, GOOD, "good.yaml")
    (inside / "link.yaml").symlink_to(inside / "good.yaml")
    (inside / "out.yaml").symlink_to(outside / "good.yaml")
    (inside / "folder").symlink_to(outside)
    (inside / "round.yaml").symlink_to(inside / "round.yaml")
    for parent in ("link.yaml", "out.yaml", "folder/good.yaml", "folder/../inside/good.yaml"):
        message = refusal(spec(inside, f"name: child\nextends: {parent}\n"))
        link = inside / parent.split("/")[0]
        assert message.endswith(f"spec.yaml:2:10: extends {parent} goes through the symbolic link {link}")
    assert "extends round.yaml" in refusal(spec(inside, "name: child\nextends: round.yaml\n"))


def test_a_folder_that_is_reached_through_a_link_is_a_folder(tmp_path: Path) -> None:
    spec(tmp_path / "real", GOOD, "good.yaml")
    spec(tmp_path / "real", "name: child\nextends: good.yaml\n")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert load(tmp_path / "link/spec.yaml").name == "child"


def test_outside_of_a_folder_that_is_reached_through_a_link(tmp_path: Path) -> None:
    spec(tmp_path, GOOD, "good.yaml")
    spec(tmp_path / "real", "name: child\nextends: ../good.yaml\n")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert f"extends ../good.yaml leads outside {tmp_path}/link" in refusal(tmp_path / "link/spec.yaml")


@pytest.mark.parametrize("parent", ["../good.yaml", "below/../../good.yaml", "/etc/passwd", "~/good.yaml", "."])
def test_extends_outside(parent: str, tmp_path: Path) -> None:
    spec(tmp_path, GOOD, "good.yaml")
    message = refusal(spec(tmp_path / "inside", f"name: child\nextends: {parent}\n"))
    assert f"extends {parent} leads outside {tmp_path}/inside" in message or "cannot be read" in message


def test_extends_a_name_no_file_can_have(tmp_path: Path) -> None:
    assert ":2:10: extends" in refusal(spec(tmp_path, 'name: child\nextends: "a\\0b"\n'))
    said = f"spec.yaml:2:10: extends {'x' * 200}: File name too long"
    assert said in refusal(spec(tmp_path, f"name: child\nextends: {'x' * 5000}.yaml\n"))
    said = refusal(spec(tmp_path, f"name: child\nextends: {'x' * 5000}\n"))
    assert said.endswith(f":2:10: extends {'x' * 200}: neither a file beside this one nor a packaged spec")


def test_extends_through_many_files(tmp_path: Path) -> None:
    for i in range(20):
        spec(tmp_path, f"name: a{i}\nextends: a{i + 1}.yaml\n", f"a{i}.yaml")
    assert "is deeper than 8 files" in refusal(tmp_path / "a0.yaml")


def test_extends_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec(tmp_path, GOOD, "good.yaml")
    monkeypatch.chdir(tmp_path)
    assert loads("name: child\nextends: good.yaml\n").name == "child"
    with pytest.raises(SpecError, match=r"<text>:2:10: extends \.\./good.yaml leads outside \."):
        loads("name: child\nextends: ../good.yaml\n")


WORK = {
    "repeat": ("- {relu: , when: false, repeat: 1000000}\n" * 3, "takes more than 200000 steps"),
    "for_in_for": (
        "- chain: [{relu: , when: false, for: y, over: range(10000)}]\n  for: x\n  over: range(10000)\n",
        "takes more than 200000 steps",
    ),
    "aliases": (
        "- &a [{relu: , when: false, repeat: 1000}]\n" + "- [" + ", ".join(["*a"] * 1000) + "]\n",
        "takes more than 200000 steps",
    ),
}


@pytest.mark.parametrize("case", WORK)
def test_work(case: str, tmp_path: Path) -> None:
    layers, fact = WORK[case]
    path = spec(tmp_path, f"name: work\ninput: [3, 8, 8]\nlayers:\n{layers}")
    with pytest.raises(SpecError, match=fact):
        expand(load(path))


def test_names_that_grow(tmp_path: Path) -> None:
    name = "x" * 180
    layers = f"{{{name}: {{chain: {{{name}: {{chain: {{{name}: relu}}}}}}}}}}"
    message = refusal(spec(tmp_path, f"name: long\ninput: [3]\nlayers: {layers}\n"))
    assert f"a name of {3 * 180 + 2} characters, but at most 500 are allowed" in message
    name = "x" * 201
    message = refusal(spec(tmp_path, f"name: long\ninput: [3]\nlayers: {{{name}: relu}}\n"))
    assert ":3:10: a name of 201 characters, but at most 200 are allowed" in message


def test_more_values_than_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.spec.source.MAX_VALUES", 5)
    with pytest.raises(SpecError, match="<text>:2:9: more than 5 values"):
        loads(GOOD)


def test_python_gives_up_before_the_limit_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["calc.spec.walk"], "MAX_DEPTH", 10**6)
    blocks = "blocks: {A: {params: {next: }, layers: [{$next: {next: next}}]}}\n"
    with pytest.raises(SpecError, match=r"^<text>:4:9: blocks and chains nest too deeply"):
        expand(loads(f"name: deep\ninput: [3]\n{blocks}layers: [{{A: A}}]\n"))


def test_the_parser_in_python_where_libyaml_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    monkeypatch.setattr("calc.spec.source._LOADER", yaml.SafeLoader)
    assert loads(GOOD).name == "good"
    for text, place in (("[" * 2000, "1:65"), ("{a: " * 2000, "1:257"), ("- " * 2000, "1:129")):
        with pytest.raises(SpecError, match=f"^<text>:{place}: nested deeper than 64 levels$"):
            loads(text)
    with pytest.raises(SpecError, match=r"^<text>:1:8: not YAML: the character U\+0007 is not allowed$"):
        loads("name: a\x07")


def test_on_the_command_line(tmp_path: Path, calc: Callable[..., Ran]) -> None:
    before = sorted(os.listdir(tmp_path))
    for path in (tmp_path, tmp_path / "none.yaml"):
        ran = calc("run", str(path), "--output", str(tmp_path / "report.txt"))
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"{path}: cannot be read")
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no /dev/zero")
@pytest.mark.parametrize(
    "command",
    [
        "run zero.yaml",
        "run net.yaml --bits zero.yaml",
        "run net.yaml --bits pipe.yaml",
        "allocate net.yaml --budget weight_bytes=1K --sensitivity /dev/zero",
        "check --lock /dev/zero",
        "check --lock pipe.yaml",
        "lock pipe.yaml",
        "audit zero.yaml",
        "audit pipe.yaml",
        "audit claims.yaml",
        "diff zero.yaml net.yaml",
        "diff zero.json net.yaml",
        "budgets zero.yaml",
    ],
)
def test_what_never_ends_is_not_read(
    command: str, tmp_path: Path, calc: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spec(tmp_path, GOOD).rename("net.yaml")
    assert calc("lock", "net.yaml").code == 0
    (tmp_path / "claims.yaml").write_text("spec: pipe.yaml\nclaims: [{macs: 1}]\n")
    os.mkfifo("pipe.yaml")
    for name in ("zero.yaml", "zero.json"):
        os.symlink("/dev/zero", name)
    assert calc("check").code == 0  # neither is a spec that the lock lacks
    ran = calc(*command.split())
    text = ran.out + ran.err
    assert ran.code == 2
    assert "it is a device, not a file" in text or "it is a pipe, not a file" in text or "pipe.yaml:1:1: " in text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_locked_spec_that_has_become_a_pipe_is_not_waited_for(
    tmp_path: Path, calc: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = spec(tmp_path, GOOD, "net.yaml")
    assert calc("lock", "net.yaml").code == 0
    path.unlink()
    os.mkfifo(path)
    ran = calc("check")
    assert ran.code == 2
    assert "net.yaml: cannot be read: it is a pipe, not a file" in ran.out
