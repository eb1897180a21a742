"""The files of the families: every format of them is whole, and what reads them fills in the numbers of a name."""

from pathlib import Path

import pytest

from calc.formats import Format, format_forms, format_named, formats
from calc.formats.family import read_family
from calc.formats.names import FAMILIES, FOLDER


def test_every_file_is_listed() -> None:
    assert sorted(FAMILIES) == sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("found", formats(), ids=lambda found: found.name)
def test_a_format_says_what_it_is(found: Format) -> None:
    assert found.layout
    assert found.source
    assert "<" not in found.name + found.layout + found.source
    assert found.code_bits >= 1
    assert found.stored[0].name in ("codes", "points")
    assert all(part.bits >= 1 and part.size >= 1 and part.word >= 1 for part in found.stored)
    assert all((part.size > 1) == (part.per in ("group", "block", "tile")) for part in found.stored)
    assert all(part.word > 1 or part.along == "tensor" for part in found.stored)


def test_names_are_given_once() -> None:
    names = [found.name.lower() for found in formats()]
    assert len(set(names)) == len(names) > 60
    assert len({name for name, _ in format_forms()}) == len(format_forms()) > 10


def test_the_numbers_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "made.yaml"
    path.write_text(
        "family: made\n"
        "shared: {source: a test, filled: true}\n"
        "formats:\n"
        "  - {name: M<b>x<g>, aliases: [n<b>], listed: [], numbers: {b: [2, 3]}, code_bits: b, layout: <b> and <g>,\n"
        "     stored: [{name: codes, bits: b, per: element}, {name: scales, bits: 8, per: group, size: g}]}\n"
    )
    (entry,) = read_family(path)
    found = entry.format("m2x10")
    assert found is not None
    assert (found.name, found.layout, found.code_bits, found.filled, found.source) == (
        "M2x10",
        "2 and 10",
        2,
        True,
        "a test",
    )
    assert [(part.bits, part.size) for part in found.stored] == [(2, 1), (8, 10)]
    assert entry.format("m2") is entry.format("m2x") is entry.format("m2x10y") is None


def test_only_some_formats_are_for_activations() -> None:
    assert [
        name for name in ("8", "fp16", "bf16", "fp8", "int8", "mxfp4") if not format_named(name).takes_activations
    ] == []
    assert [name for name in ("int4g128", "nf4", "Q8_0", "ct8", "gptq4") if format_named(name).takes_activations] == []
