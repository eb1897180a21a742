"""Reading a header byte by byte."""

import pytest

from tests.calc.weights.files import Counting, reader, refusal


def test_pieces_come_in_order_and_no_byte_ahead_that_is_not_certain() -> None:
    data = Counting(b"abcdefghij")
    opened = reader(data.getvalue())
    opened._file = data
    assert opened.take(2, "two") == b"ab"
    assert data.furthest == 2
    assert opened.take(2, "two", certain=3) == b"cd"
    assert data.furthest == 7
    opened.skip(4, "four")
    assert (opened.position, opened.left) == (8, 2)
    assert opened.take(2, "two") == b"ij"


@pytest.mark.parametrize("words", [(b"a" * 70_000, b"", b"bcd", b"e" * 9), (b"", b"", b"", b"")])
def test_texts_are_skipped_and_no_byte_is_read_that_may_be_behind_the_header(words: tuple[bytes, ...]) -> None:
    texts = b"".join([len(text).to_bytes(8, "little") + text for text in words])
    data = Counting(texts + b"HEAD" + b"the tensors")
    opened = reader(data.getvalue())
    opened._file = data
    opened.skip_texts(4, "little", "words", 4)
    assert opened.position == len(texts)
    assert opened.take(4, "the rest") == b"HEAD"
    assert data.furthest == len(texts) + 4
    assert "the file is cut: words takes" in refusal(reader(texts[:-1]).skip_texts, 4, "little", "words", 0)


@pytest.mark.parametrize("method", ["take", "skip"])
def test_a_cut_file_is_said_with_its_place(method: str) -> None:
    opened = reader(b"abc")
    opened.take(1, "one")
    assert (
        refusal(getattr(opened, method), 2**63, "the tail")
        == "f: byte 1: the file is cut: the tail takes 9,223,372,036,854,775,808 bytes from here, and 2 are left"
    )


def test_a_file_that_shrinks_while_it_is_read_is_said() -> None:
    assert "the file ended while it was read" in refusal(reader(b"abc", 10).take, 5, "five")
