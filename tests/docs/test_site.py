"""What the generated pages of the site are made of."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from calc.ops import op_class, words

ROOT = Path(__file__).parents[2]


def test_every_key_of_every_op_has_a_meaning_and_no_meaning_is_stale() -> None:
    import reference

    known = reference.meanings()
    keys = {(word, key) for word in words() for key in op_class(word).fields()}
    said = {f"{word}.{key}" if f"{word}.{key}" in known else key for word, key in keys}
    assert said - set(known) == set()
    assert set(known) - said == set()


def test_a_key_without_a_meaning_is_an_error() -> None:
    import reference

    with pytest.raises(KeyError, match="stride"):
        reference.meaning("conv2d", "stride", {"padding": "…"})


def test_the_page_of_ops_has_an_anchor_for_each() -> None:
    import reference

    page = reference.ops()
    assert [word for word in words() if f"## {word} {{ #{word} }}" not in page] == []
    assert "| `stride` | a positive integer, or one per axis | `1` |" in page


def test_every_key_of_json_and_csv_has_a_sentence_and_no_sentence_is_stale() -> None:
    pytest.importorskip("numpy", reason="a front of calc pareto needs the extra search")
    import outputs

    known = outputs.meanings()
    with outputs.started():
        shown = {
            schema: [field.path for field in outputs.fields(outputs.shown_by(schema))] for schema in outputs.COMMANDS
        }
        columns = outputs.printed("calc run net.yaml --bits 8 --format csv").partition("\n")[0].split(",")
    shown["calc.run/2"] += [f"layers.{column}" for column in columns]
    used = {outputs.written_at(schema, path, known) for schema, paths in shown.items() for path in paths}
    written = {(place, key) for place, keys in known.items() for key in keys}
    assert written - used == set()
    assert [text for keys in known.values() for text in keys.values() if not text.endswith(".")] == []


def test_a_json_key_without_a_sentence_is_an_error() -> None:
    import outputs

    known = {"all": {"name": "A name."}, "calc.run/2": {"layers.name": "The layer."}}
    assert outputs.meaning("calc.run/2", "layers[].name", known) == "The layer."
    assert outputs.meaning("calc.diff/1", "layers[].name", known) == "A name."
    assert outputs.written_at("calc.lock/2", "specs.NAME.quantities.macs@8", known) == ("quantities", "macs")
    with pytest.raises(KeyError, match=r"says nothing of layers\.stride"):
        outputs.meaning("calc.run/2", "layers.stride", known)


def test_every_page_stands_in_the_navigation() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = set(re.findall(r"([\w/]+\.md)$", nav, re.MULTILINE))
    written = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert written - listed == set()  # mkdocs.yml lacks these


def test_links_out_of_docs_lead_to_pages_of_the_site() -> None:
    import links

    text = "[a](../specs/x.yaml) [b](language.md#ops) [c](https://x.org) `[d](e)`\n\n```yaml\n[f](../g)\n```\n"
    assert links.rewritten(text, "docs/zoo.md", "zoo.md") == text.replace("../specs/x.yaml", "source/specs/x.yaml.md")
    assert links.rewritten("[a](../../CONTRIBUTING.md#x)", "docs/a/b.md", "a/b.md") == "[a](../contributing.md#x)"
    assert links.rewritten("[a](docs/zoo.md)", "CONTRIBUTING.md", "contributing.md") == "[a](zoo.md)"


def test_what_stands_for_a_generated_page_in_the_repository_leads_to_it_on_the_site() -> None:
    import links

    index, page = "docs/reference/index.md", "reference/index.md"
    assert links.rewritten("[a](reference/index.md#ops)", "docs/ideas.md", "ideas.md") == "[a](reference/ops.md)"
    assert links.rewritten("[a](#python) [b](#reference)", index, page) == "[a](python.md) [b](#reference)"
    headings = (links.ROOT / index).read_text(encoding="utf-8")
    assert [anchor for anchor in links.GENERATED if f"]({anchor})" not in headings] == []


def test_the_pictures_load_no_font() -> None:
    import screens

    assert "{styles}" in screens.FORMAT
    assert "http" not in screens.FORMAT.replace("http://www.w3.org", "").replace("https://www.textualize.io", "")


def test_a_comment_becomes_the_picture_of_a_terminal() -> None:
    import screens

    placed = screens.placed("<!-- screen: fit 80 -->", "guides/one_gpu.md")
    assert placed.endswith(", in a terminal of 80 columns](../screens/fit-80.svg)](../screens/fit-80.svg)")
    with pytest.raises(KeyError):
        screens.placed("<!-- screen: none 80 -->", "index.md")


def test_the_architecture_is_that_of_the_test_of_imports() -> None:
    import architecture

    from tests.test_architecture import CALC, VERIFY

    assert [architecture.rows("CALC"), architecture.rows("VERIFY")] == [list(reversed(CALC)), list(reversed(VERIFY))]
    for scheme in ("light", "dark"):
        drawn = architecture.picture(scheme)
        assert [part for row in (*CALC, *VERIFY) for part in row if f">{part}</text>" not in drawn] == []
        assert f"(architecture-{scheme}.svg#only-{scheme})" in architecture.page()


def test_the_build_of_the_site_before_a_change_lands_fails_on_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="the extra docs brings mkdocs")
    (line,) = [line for line in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines() if '/mkdocs"' in line]
    options = shlex.split(line.partition('/mkdocs"')[2], comments=True)
    (tmp_path / "mkdocs.yml").write_text("site_name: Small\n", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "index.md"
    for target, code in (("index.md", 0), ("nowhere.md", 1)):
        page.write_text(f"[a page]({target})\n", encoding="utf-8")
        assert subprocess.run([sys.executable, "-m", "mkdocs", *options], cwd=tmp_path, check=False).returncode == code
