"""The limits that pages state are those of the code: whole sentences."""

import pytest

from calc.editor import confined, requests, specs
from calc.page.offered import MOST_POINTS
from calc.spec.budget import MAX_LAYERS
from calc.spec.functions import MAX_LIST, MAX_LISTED
from calc.weights.gguf import MOST_TENSORS
from calc.weights.gguf_values import MOST_STRINGS
from calc.weights.safetensors import MAX_HEADER_BYTES
from tests.docs.test_figures import said

MIB, GIB = 2**20, 2**30
STATED = [
    ("language", f"A spec may have up to {MAX_LAYERS:,} layers,"),
    ("language", f"A list has at most {MAX_LIST:,} members, and at most {MAX_LISTED:,} values together with those of"),
    ("page", f"A page has at most {MOST_POINTS:,} combinations."),
    ("serve", f"A text may have {specs.MOST_BYTES // MIB} MiB,"),
    ("serve", f"and a dropped file {requests.MOST_UPLOADED_BYTES // MIB} MiB."),
    ("serve", f"and get at most {confined.MEMORY_BYTES // GIB} GiB of memory from the system."),
    ("weights", f"Safetensors headers of more than {MAX_HEADER_BYTES // MIB} MiB are refused,"),
    ("weights", f"GGUF headers with more than {MOST_TENSORS:,} tensors or {MOST_STRINGS:,} words of vocabulary."),
]


@pytest.mark.parametrize("page, sentence", STATED)
def test_the_page_states_the_limit(page: str, sentence: str) -> None:
    assert sentence in said(page)


def test_the_page_of_the_editor_states_its_times() -> None:
    pytest.importorskip("uvicorn", reason="needs the extra page")
    from calc.editor import app, server

    text = said("serve")
    assert f"A table may take {app.COUNT_SECONDS} seconds, and everything else {app.LONG_SECONDS}." in text
    assert f"A connection must send its request within {server.HEAD_SECONDS} seconds," in text


@pytest.mark.torch
def test_the_page_of_accuracy_states_the_largest_pictures() -> None:
    from verify.data import picture

    size, pixels = picture.MAX_BYTES // MIB, picture.MAX_PIXELS // 10**6
    assert f"files of more than {size} MiB, and pictures of more than {pixels} million pixels" in said("accuracy")
