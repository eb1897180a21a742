"""Language models of transformers, tiny, with random weights, as torch.onnx writes them: onnxruntime gives the same."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.oracles("onnx", "onnxruntime", "onnxscript", "transformers")

WIDTH: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24}
TOKENS, CACHED = 7, 6


class Bert(nn.Module):
    """BERT with a mask of the tokens that count."""

    def __init__(self) -> None:
        from transformers import BertConfig, BertModel

        super().__init__()
        self.net = BertModel(BertConfig(vocab_size=50, **WIDTH), add_pooling_layer=False)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.net(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


class Llama(nn.Module):
    """Two heads share keys and values; the positions are rotary."""

    def __init__(self) -> None:
        from transformers import LlamaConfig, LlamaForCausalLM

        super().__init__()
        self.net = LlamaForCausalLM(LlamaConfig(vocab_size=50, num_key_value_heads=1, use_cache=False, **WIDTH))

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        return self.net(input_ids=input_ids).logits


class Gpt2(nn.Module):
    """GPT-2 with one new token, and the keys and values of earlier tokens."""

    def __init__(self) -> None:
        from transformers import GPT2Config, GPT2LMHeadModel

        super().__init__()
        self.net = GPT2LMHeadModel(GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2, n_positions=32))

    def forward(self, input_ids: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        from transformers import DynamicCache

        cache = DynamicCache()
        cache.update(keys, values, 0)
        made = self.net(input_ids=input_ids, past_key_values=cache, use_cache=True)
        (layer,) = made.past_key_values.layers
        return made.logits, layer.keys, layer.values


INPUTS: dict[type[nn.Module], dict[str, torch.Tensor]] = {
    Bert: {
        "input_ids": torch.ones(2, TOKENS, dtype=torch.int64),
        "attention_mask": torch.ones(2, TOKENS, dtype=torch.int64),
    },
    Llama: {"input_ids": torch.ones(2, TOKENS, dtype=torch.int64)},
    Gpt2: {
        "input_ids": torch.ones(2, 1, dtype=torch.int64),
        "keys": torch.ones(2, 2, CACHED, 8),
        "values": torch.ones(2, 2, CACHED, 8),
    },
}


@pytest.mark.parametrize("made", INPUTS, ids=lambda made: made.__name__)
def test_an_exported_language_model_is_exact(made: type[nn.Module], tmp_path: Path) -> None:
    from calc.onnx.load import import_onnx
    from calc.sources.written import imported_text
    from verify.importers.onnx_file import prove_file

    torch.manual_seed(0)
    path, inputs = tmp_path / "net.onnx", INPUTS[made]
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            made().eval(), tuple(inputs.values()), str(path), input_names=list(inputs), dynamo=True, verbose=False,
            external_data=False, dynamic_shapes=tuple([{0: batch} for _ in inputs]),
        )  # fmt: skip
    found = import_onnx(str(path))
    proof = prove_file(found, imported_text(found))
    assert list(map(str, proof.problems)) == []
    assert proof.outputs == "outputs at batch 2 equal in float32"
