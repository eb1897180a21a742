"""What text takes in a terminal, and where its lines end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from calc.report.cells import cells, padded, paragraph, wrapped

TEXTS = st.text(st.sampled_from("ab.cd_/9,8 漢字é̈×–"), max_size=60)


@given(TEXTS)
def test_as_many_columns_as_rich_counts(text: str) -> None:
    assert cells(text) == cell_len(text)


def test_a_wide_character_takes_two_columns_and_an_accent_none() -> None:
    assert (cells("conv"), cells("漢字"), cells("e\u0301")) == (4, 4, 1)
    assert (padded("漢", 4, right=False), padded("漢", 4, right=True)) == ("漢  ", "  漢")


@given(TEXTS, st.integers(2, 30))
def test_no_line_is_wider_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert max(map(cells, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("8 × 2, 7 × 3, 11 × 4", 10, ["8 × 2,", "7 × 3,", "11 × 4"]),
        ("301 M; 12.5 % of it", 9, ["301 M;", "12.5 % of", "it"]),
        ("at features.17.conv.0.0 again", 13, ["at", "features.17.", "conv.0.0", "again"]),
        ("/a/long/path/of/specs.yaml", 12, ["/a/long/", "path/of/", "specs.yaml"]),
        ("300,774,272 MACs", 11, ["300,774,272", "MACs"]),
        ("漢字漢字漢字", 5, ["漢字", "漢字", "漢字"]),
        ("", 5, [""]),
    ],
)
def test_where_lines_end(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


def test_a_paragraph_goes_on_below_its_text_or_where_it_is_told() -> None:
    assert paragraph("one two", 12, "keys  ") == ["keys  one", "      two"]
    assert paragraph("one two", 6, "", "  ") == ["one", "  two"]
    assert paragraph("one two", 80, "keys  ", "  ") == ["keys  one two"]
