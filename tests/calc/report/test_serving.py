"""What reports say of a device and of energy."""

from pathlib import Path

import pytest

from calc.analysis import Analysis, analyse
from calc.configurations import configurations
from calc.fitting import ContextBytes, Contexts
from calc.report import compare, pages, render
from calc.report.fitting import fit_page
from calc.report.plot_html import document
from calc.report.rows import View
from calc.spec import loads

NAME = '"\\e[31mred<script>\\x9b"'
NET = f"name: {NAME}\ninput: {{shape: [3, 4], channels: last}}\nlayers: {{a: {{linear: 5}}}}\n"
DEVICE = """
source: somebody
memory_bytes: 512KiB
bytes_per_second: 1G
operations_per_second: {fp32: 1G}
"""
ENERGY = """
source: somebody
picojoules_per_mac: {32: 4.6}
memories: {"\\e[0mdram": {picojoules_per_byte: 160, holds: [weights, cache, activations]}}
"""


@pytest.fixture
def analysis(tmp_path: Path) -> Analysis:
    device, energy = tmp_path / "d.yaml", tmp_path / "e.yaml"
    device.write_text(f"name: {NAME}{DEVICE}")
    energy.write_text(f"name: {NAME}{ENERGY}")
    return analyse(loads(NET), bits="fp32", device=str(device), energy=str(energy))


def is_shown_as_text(text: str) -> bool:
    """Whether the name is there, and no character that could drive a terminal."""
    controls = {c for c in text if not c.isprintable()} - {"\n", "\u200b"}  # the last keeps Markdown from linking
    return "31mred" in text and not controls


@pytest.mark.parametrize("format_name", ["table", "markdown", "latex"])
def test_names_in_files_cannot_drive_a_terminal(analysis: Analysis, format_name: str) -> None:
    assert is_shown_as_text(render(analysis, format_name, View()))


@pytest.mark.parametrize("format_name", ["table", "markdown"])
def test_nor_can_they_on_other_pages(analysis: Analysis, format_name: str) -> None:
    contexts = Contexts(1, (ContextBytes(1, 1, 0, 0),), None, 1)
    for page in (fit_page(contexts, analysis), compare.page(configurations([analysis], ["fp32"]))):
        assert is_shown_as_text(pages.render(page, format_name))
        html = document("a title", "<svg></svg>", page)
        assert is_shown_as_text(html)
        assert "<script" not in html
