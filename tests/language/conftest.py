"""What tests against transformers need around them."""

from collections.abc import Iterator

import pytest

from tests.language.oracle import in_doubles


@pytest.fixture
def doubles() -> Iterator[None]:
    """Numbers of 64 bits, whatever transformers asks for, and no gradients."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with in_doubles(), torch.no_grad():
            yield
    finally:
        torch.set_default_dtype(before)
