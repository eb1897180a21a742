"""The header of a GGUF file: what it says, and what is wrong with a damaged one."""

import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.errors import SpecError
from calc.weights.gguf import PLAIN_BITS, TYPES, read_gguf
from calc.weights.gguf_values import MOST_STRINGS
from tests.calc.weights.files import ARRAY, F32, FLOAT, Q4_K, TEXT, U8, U32, Counting, info, key, reader, refusal, text
from tests.calc.weights.files import gguf_bytes as file

KEYS = [
    key("general.architecture", TEXT, text("llama")),
    key("llama.block_count", U32, struct.pack("<I", 2)),
    key("tokens", ARRAY, struct.pack("<IQ", TEXT, 3) + text("a") + text("") + text("bcd")),
    key("scores", ARRAY, struct.pack("<IQ3f", FLOAT, 3, 0, 1, 2)),
    key("long", ARRAY, struct.pack("<IQ", U8, 5000) + bytes(5000)),
]
INFOS = [info("a", [256, 3], Q4_K, 0), info("b", [2], F32, 448)]  # 3 × 144 = 432 bytes, up to a multiple of 32
WHOLE = file(KEYS, INFOS, 448 + 8)
HEADER_BYTES = 4 + 4 + 8 + 8 + sum(map(len, KEYS + INFOS))


def wrong(data: bytes) -> str:
    return refusal(read_gguf, reader(data))


def test_tensors_and_keys_are_read() -> None:
    found = read_gguf(reader(WHOLE))
    assert [(t.name, t.sizes, t.elements, t.format, t.bytes) for t in found.tensors] == [
        ("a", (3, 256), 3 * 256, "Q4_K", 3 * 144),
        ("b", (2,), 2, "F32", 2 * 4),
    ]
    assert found.kind == "GGUF 3"
    assert found.header_bytes == HEADER_BYTES
    assert found.file_bytes == len(WHOLE) == found.header_bytes + found.padding_bytes + 3 * 144 + 2 * 4
    assert found.tensors[1].start == len(WHOLE) - 8
    keys = {"general.architecture": "llama", "llama.block_count": 2, "tokens": None, "scores": (0, 1, 2), "long": None}
    assert found.facts == keys


@pytest.mark.parametrize("keys, infos", [(KEYS, INFOS), (KEYS[1:2], []), (KEYS[2:3], []), ([], INFOS[:1]), ([], [])])
def test_nothing_behind_the_header_is_read(keys: list[bytes], infos: list[bytes]) -> None:
    whole = file(keys, infos, 1000)
    data = Counting(whole)
    opened = reader(whole)
    opened._file = data
    header_bytes = read_gguf(opened).header_bytes
    assert header_bytes == 4 + 4 + 8 + 8 + sum(map(len, [*keys, *infos]))
    assert data.furthest <= header_bytes  # a last word of a vocabulary is not even read


def test_a_file_of_the_other_byte_order_is_read() -> None:
    data = b"GGUF" + struct.pack(">IQQ", 3, 1, 1)
    data += struct.pack(">Q1sIH", 1, b"k", 2, 7) + struct.pack(">Q1sIQIQ", 1, b"t", 1, 2, F32, 0)
    found = read_gguf(reader(data + bytes(-len(data) % 32 + 8)))
    assert (found.kind, found.facts, found.tensors[0].sizes) == ("GGUF 3, big-endian", {"k": 7}, (2,))


@pytest.mark.parametrize(
    "data, said",
    [
        (b"GGUX" + WHOLE[4:], "f: byte 0: not a GGUF file"),
        (file([], [], 0, version=1), "f: byte 4: version 1 of GGUF; calc reads versions 2 and 3"),
        (file([], [], 0, tensors=2**63), "f: byte 8: 9,223,372,036,854,775,808 tensors and 0 keys: at most 65,536"),
        (file([], [], 0, tensors=100), "f: byte 24: the file is cut: a header of 100 tensors and 0 keys takes 2,400"),
        (file([key("a", 13, b"")], [], 20), "f: byte 33: a: unknown type of value 13"),
        (file([key("a", ARRAY, struct.pack("<IQ", ARRAY, 1))], [], 9), "f: byte 37: a: unknown type of value 9"),
        (file([text(b"\xff") + bytes(9)], [], 9), "f: byte 24: a key is not UTF-8"),
        (file([key("", U8, b"1")], [], 9), "f: byte 24: a key without a name"),
        (file([key("a", U8, b"1")] * 2, [], 9), "f: byte 38: a occurs twice"),
        (file([struct.pack("<Q", 2**62)], [], 90), "f: byte 24: a key is said to have 4,611,686,018,427,387,904 bytes"),
        (file([key("a", TEXT, struct.pack("<Q", 2**62))], [], 90), "the text of a takes 4,611,686,018,427,387,904"),
        (file([key("a", ARRAY, struct.pack("<IQ", U8, 2**60))], [], 9), "a takes 1,152,921,504,606,846,976 bytes"),
        (file([key("a", ARRAY, struct.pack("<IQ", TEXT, 2**60))], [], 9), "1152921504606846976 texts of a takes 9,223"),
        (file([], [info("a", [1] * 5, F32, 0)], 90), "f: byte 24: a: 5 sizes, at most 4"),
        (file([], [info("a", [2**32 - 1] * 4, F32, 0)], 90), "f: byte 24: a: ends 13611294664161032540679908859306794"),
        (file([], [info("a", [1], 4, 0)], 90), "f: byte 24: a: unknown type 4"),
        (file([], [info("a", [255], Q4_K, 0)], 900), "f: byte 24: a: "),
        (file([], [info("a", [8], F32, 4)], 90), "f: byte 24: a: begins at 4, which is not a multiple of 32"),
        (file([], [info("a", [8], F32, 0)], 31), "f: byte 24: a: ends 1 byte after the end of the file"),
        (file([], [info("a", [9], F32, 0), info("b", [1], F32, 32)], 90), "f: byte 57: b: overlaps the tensor before"),
        (file([], [info("a", [1], F32, 0)] * 2, 90), "f: byte 57: a occurs twice"),
        (file([], [info("", [1], F32, 0)], 90), "f: byte 24: a tensor without a name"),
        (file([], [info("\x1b[2J", [1], 5, 0)], 90), "f: byte 24: \\x1b[2J: unknown type 5"),
        (file([key("general.alignment", U32, struct.pack("<I", 24))], [], 9), "general.alignment 24: must be a power"),
        (file([key("general.alignment", TEXT, text("32"))], [], 9), "general.alignment 32: must be a power of 2"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(data: bytes, said: str) -> None:
    assert said in wrong(data)


def test_more_texts_than_any_vocabulary_has_are_not_read() -> None:
    data = file([key("a", ARRAY, struct.pack("<IQ", TEXT, MOST_STRINGS + 1))], [], 0)
    assert "1048577 texts of a: at most 1,048,576" in refusal(read_gguf, reader(data, 2**40))


def test_an_alignment_of_one_leaves_no_padding() -> None:
    header = file([key("general.alignment", U32, struct.pack("<I", 1))], [info("a", [1], F32, 0)], 0)
    size = 24 + 8 + len("general.alignment") + 4 + 4 + 8 + 1 + 4 + 8 + 4 + 8
    assert read_gguf(reader(header[:size] + bytes(4))).padding_bytes == 0


def test_an_alignment_of_its_own_is_kept_to() -> None:
    data = file([key("general.alignment", U32, struct.pack("<I", 64))], [info("a", [1], F32, 64)], 200)
    found = read_gguf(reader(data))
    assert found.tensors[0].start % 64 == 0
    assert found.notes == (f"{len(data) - found.tensors[0].start - 4} bytes behind the last tensor belong to none",)


def test_no_damage_is_a_traceback() -> None:
    """Cut at every byte, and with three bits of each byte of the header turned."""
    whole = file(KEYS[:4], INFOS, 448 + 8)
    end = len(whole) - 456
    assert all("byte" in wrong(whole[:at]) for at in range(len(whole)))
    for at in range(end):
        for turned in (1, 32, 128):
            with suppress(SpecError):
                read_gguf(reader(whole[:at] + bytes([whole[at] ^ turned]) + whole[at + 1 :]))


def test_types_are_those_of_the_library() -> None:
    gguf = pytest.importorskip("gguf")
    known = {int(kind): kind.name for kind in gguf.GGMLQuantizationType}
    assert known.items() <= TYPES.items() or known.items() >= TYPES.items()
    for number, name in TYPES.items():
        if number in known:
            weights, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType(number)]
            data = file([], [info("a", [2 * weights, 3], number, 0)], 3 * 2 * size)
            assert read_gguf(reader(data)).tensors[0].bytes == 3 * 2 * size, name
    assert set(PLAIN_BITS) < set(TYPES.values())


TENSORS = st.dictionaries(
    st.text("abc.0123", min_size=1, max_size=6),
    st.tuples(st.sampled_from(["F32", "F16", "Q8_0", "Q4_0", "Q6_K", "IQ4_NL"]), st.integers(1, 3), st.integers(1, 3)),
    max_size=4,
)


@settings(max_examples=8)
@given(TENSORS, st.sampled_from([32, 64]), st.lists(st.text(max_size=3), min_size=1, max_size=4))
def test_what_the_library_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    tensors: dict[str, tuple[str, int, int]],
    alignment: int,
    words: list[str],
) -> None:
    gguf, numpy = pytest.importorskip("gguf"), pytest.importorskip("numpy")
    path = tmp_path_factory.mktemp("gguf") / "x.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_custom_alignment(alignment)
    writer.add_array("words", words)
    sizes: dict[str, tuple[int, ...]] = {}
    for name, (kind, rows, blocks) in tensors.items():
        type_ = gguf.GGMLQuantizationType[kind]
        weights, size = gguf.GGML_QUANT_SIZES[type_]
        sizes[name] = (rows, blocks * weights)
        data: Any = numpy.zeros((rows, blocks * size), "u1")
        if kind in ("F32", "F16"):
            data = data.view({"F32": "f4", "F16": "f2"}[kind])
        writer.add_tensor(name, data, raw_dtype=type_)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found = read_gguf(reader(Path(path).read_bytes()))
    assert {t.name: (t.format, t.sizes) for t in found.tensors} == {n: (k[0], sizes[n]) for n, k in tensors.items()}
    assert found.facts["general.alignment"] == alignment
    theirs = gguf.GGUFReader(path)
    assert {t.name: (t.start, t.bytes) for t in found.tensors} == {
        t.name: (t.data_offset, t.n_bytes) for t in theirs.tensors
    }
    assert found.file_bytes - found.header_bytes == found.tensor_bytes + found.padding_bytes
