"""Language models of transformers, which read a mask of the tokens that count."""

import pytest

from tests.verify.importers.modules import lowered_of
from tests.verify.importers.proving import held_against, said
from verify.masks import masks_of

pytestmark = pytest.mark.oracles("transformers")

TOKENS = 12


@pytest.mark.parametrize("kind", ["Bert", "DistilBert", "Roberta"])
def test_an_encoder_reads_a_mask(kind: str) -> None:
    import transformers

    config = getattr(transformers, f"{kind}Config")
    width = {"dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 24} if kind == "DistilBert" else {
        "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24
    }  # fmt: skip
    module = getattr(transformers, f"{kind}Model")(config(vocab_size=99, **width))
    found = lowered_of(module, input_ids=(TOKENS,), attention_mask=(TOKENS,))
    proof = held_against(found)
    assert said(proof) == []
    assert "equal" in proof.outputs
    assert proof.params == sum(each.numel() for each in module.parameters())
    assert masks_of(found.imported.graph) == {1}
