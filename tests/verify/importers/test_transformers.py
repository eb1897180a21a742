"""Language models of transformers, which read a mask of the tokens that count and return a cache with the outputs."""

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


SIZES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24}


@pytest.mark.parametrize(
    "kind, sizes, inputs, outputs",
    [
        ("GPT2", {"n_embd": 16, "n_layer": 1, "n_head": 2, "bos_token_id": 0, "eos_token_id": 0}, {}, ["ln_f"]),
        ("Llama", {**SIZES, "num_key_value_heads": 1}, {}, ["norm"]),
        (
            "T5",
            {"d_model": 16, "num_layers": 1, "num_heads": 2, "d_kv": 8, "d_ff": 24},
            {"decoder_input_ids": (5,)},
            ["decoder", "encoder"],
        ),
    ],
)
def test_a_decoder_returns_its_cache_too(
    kind: str, sizes: dict[str, int], inputs: dict[str, tuple[int, ...]], outputs: list[str]
) -> None:
    import transformers

    module = getattr(transformers, f"{kind}Model")(getattr(transformers, f"{kind}Config")(vocab_size=99, **sizes))
    found = lowered_of(module, input_ids=(TOKENS,), attention_mask=(TOKENS,), **inputs)
    proof = held_against(found)
    assert said(proof) == []
    assert "equal" in proof.outputs
    assert proof.params == sum(each.numel() for each in module.parameters())
    assert [name.partition(".")[0] for name in found.imported.graph.outputs] == outputs
    (remark,) = found.imported.remarks
    assert remark.startswith("The forward also returns an object of ")
