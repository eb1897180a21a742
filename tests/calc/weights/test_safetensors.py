"""The header of a safetensors file: what it says, and what is wrong with a damaged one."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import SpecError
from calc.weights.safetensors import BITS, MAX_HEADER_BYTES, read_safetensors
from tests.calc.weights.files import ENTRIES, Counting, reader, refusal, safetensors_bytes

HEADER_BYTES = len(safetensors_bytes(ENTRIES, 0))


def wrong(header: object, data: int = 20) -> str:
    return refusal(read_safetensors, reader(safetensors_bytes(header, data)))


def with_entry(**changed: Any) -> dict[str, Any]:
    return ENTRIES | {"a.bias": ENTRIES["a.bias"] | changed}


def test_tensors_and_bytes_are_read() -> None:
    found = read_safetensors(reader(safetensors_bytes(ENTRIES | {"__metadata__": {"format": "pt"}})))
    assert [(t.name, t.sizes, t.elements, t.format, t.bytes) for t in found.tensors] == [
        ("a.weight", (2, 3), 2 * 3, "BF16", 2 * 3 * 2),
        ("a.bias", (2,), 2, "F32", 2 * 4),
    ]
    assert found.tensors[1].start == found.header_bytes + 12
    assert found.file_bytes == found.header_bytes + found.tensor_bytes == found.header_bytes + 20
    assert found.facts == {"format": "pt"}


def test_nothing_behind_the_header_is_read() -> None:
    data = Counting(safetensors_bytes(ENTRIES))
    opened = reader(data.getvalue())
    opened._file = data
    read_safetensors(opened)
    assert data.furthest == HEADER_BYTES


@pytest.mark.parametrize(
    "header, said",
    [
        (b"[]", "f: byte 8: the header must be a JSON object"),
        (b'{"a": NaN}', "f: byte 8: the header is not JSON: NaN is not a number"),
        (b'{"a" 1}', "f: byte 13: the header is not JSON: "),
        (b'{"a": "\xff"}', "f: byte 15: the header is not UTF-8"),
        (b'{"\xc3\xa4" 1}', "f: byte 14: the header is not JSON: "),
        (b'{"a":' * 100_000, "f: byte 8: the header is nested too much: it has a bracket for every few bytes"),
        (b'{"aaaaaaaaaaaaaaaa":' * 100_000, "f: byte 8: the header is nested too deeply"),
        (b'{"a": ' + b"1" * 5000 + b"}", "f: byte 14: the header has an integer of 1,000 digits or more"),
        (b'{"a": 1, "b": 2, "a": 3}', "f: byte 25: a occurs twice in the header"),
        (b'{"__metadata__": {"a": 1}}', "f: byte 9: __metadata__ must map names to texts"),
        ({"a\x1b[2J": 1}, "f: byte 9: a\\x1b[2J: must have dtype, shape and data_offsets"),
        (with_entry(dtype="F23"), ": byte 82: a.bias: unknown dtype F23\n  hint: did you mean F32"),
        (with_entry(dtype=["F32"]), "unknown dtype ['F32']"),
        (with_entry(shape=[-2]), "a.bias: shape must be at most 64 integers that are not negative"),
        (with_entry(shape=[True]), "a.bias: shape must be at most 64 integers that are not negative"),
        (with_entry(shape=[1] * 65), "a.bias: shape must be at most 64 integers that are not negative"),
        (with_entry(shape=[2**64]), "a.bias: shape must be at most 64 integers"),
        (with_entry(shape=[2**63, 2**63]), "of F32 takes 340,282,366,920,938,463,463,374,607,431,768,211,456 bytes"),
        (with_entry(shape=[3]), "a.bias: 3 of F32 takes 12 bytes, data_offsets leave 8"),
        (with_entry(dtype="F4", shape=[3]), "a.bias: 3 of F4 takes 12 bits, which are not whole bytes"),
        (with_entry(data_offsets=[20, 12]), "a.bias: data_offsets must be two integers, begin and end"),
        (with_entry(data_offsets=[11, 19]), "a.bias: overlaps the tensor before it by 1 byte"),
        (with_entry(data_offsets=[13, 21]), "a.bias: ends 1 byte after the end of the file"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(header: object, said: str) -> None:
    assert said in wrong(header)


def test_bytes_that_belong_to_no_tensor_are_said() -> None:
    assert "a.bias: leaves a hole before it of 4 bytes" in wrong(with_entry(data_offsets=[16, 24]), 24)
    assert f"the tensors end at byte {HEADER_BYTES + 20}, which leaves 1 byte that no tensor has" in wrong(ENTRIES, 21)


def test_all_that_is_wrong_is_said_at_once() -> None:
    entries = {name: entry | {"dtype": "X"} for name, entry in ENTRIES.items()}
    assert wrong(entries).count("unknown dtype X") == 2


@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 100_000_000, 3])
def test_a_length_that_lies_is_said(length: int) -> None:
    data = length.to_bytes(8, "little") + b"{}"
    assert f"the file gives its header {length:,} bytes, but only 2 follow" in refusal(read_safetensors, reader(data))


def test_a_header_that_is_too_long_is_not_read() -> None:
    data = Counting((MAX_HEADER_BYTES + 1).to_bytes(8, "little"))
    opened = reader(b"", 2**40)
    opened._file = data
    assert "at most 8,388,608 are read" in refusal(read_safetensors, opened)


def test_more_tensors_than_any_network_has_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.weights.safetensors.MAX_KEYS", 7)  # two tensors have 2 + 2 * 3
    assert wrong(ENTRIES) == "f: byte 8: the header has more than 7 keys"


def test_of_many_faults_the_first_are_said() -> None:
    assert wrong({f"{at}": {} for at in range(1_000)}).endswith("\nand 950 more problems")


def test_no_damage_is_a_traceback_and_what_the_library_takes_is_taken() -> None:
    """Cut at every byte, and with every bit of the length and the header turned."""
    whole = safetensors_bytes(ENTRIES)
    damaged = [whole[:at] for at in range(len(whole))]
    for at in range(HEADER_BYTES):
        damaged += [whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :] for bit in range(8)]
    taken = {data for data in damaged if _is_taken(data)}
    assert 0 < len(taken) < len(damaged)  # a letter of a name may be another
    safetensors = pytest.importorskip("safetensors")
    for data in damaged:
        try:
            safetensors.deserialize(data)
        except Exception:
            assert data not in taken, data
        else:
            assert data in taken, data


def _is_taken(data: bytes) -> bool:
    try:
        read_safetensors(reader(data))
    except SpecError:
        return False
    return True


SIZES = st.lists(st.integers(0, 5), max_size=3).map(tuple)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(lambda n: n != "__metadata__")


@given(st.dictionaries(NAMES, st.tuples(st.sampled_from(["F64", "F32", "F16", "I64", "I8", "U8", "BOOL"]), SIZES)))
def test_what_the_library_writes_is_read_back(tensors: dict[str, tuple[str, tuple[int, ...]]]) -> None:
    save = pytest.importorskip("safetensors.numpy").save
    numpy = pytest.importorskip("numpy")
    kinds = {"F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I8": "i1", "U8": "u1", "BOOL": "?"}
    data = save({name: numpy.zeros(sizes, kinds[dtype]) for name, (dtype, sizes) in tensors.items()})
    found = read_safetensors(reader(data))
    assert {t.name: (t.format, t.sizes) for t in found.tensors} == tensors
    assert found.tensor_bytes == len(data) - found.header_bytes


def test_the_width_of_every_dtype_is_the_librarys() -> None:
    safetensors = pytest.importorskip("safetensors")
    known = 0
    for dtype, bits in BITS.items():
        header = {"x": {"dtype": dtype, "shape": [8], "data_offsets": [0, bits]}}  # 8 elements take as many bytes
        assert read_safetensors(reader(safetensors_bytes(header, bits))).tensors[0].bytes == bits
        with suppress(safetensors.SafetensorError):  # an older library knows fewer dtypes
            assert safetensors.deserialize(safetensors_bytes(header, bits))[0][1]["dtype"] == dtype
            known += 1
    assert known >= 13
