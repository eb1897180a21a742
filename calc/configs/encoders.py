"""Reads configs of BERT and RoBERTa, and gives the params of the family ``bert`` with the head in ``architectures``."""

from calc.configs.config import Config
from calc.configs.decoder import Params
from calc.configs.older import sizes_of_heads
from calc.errors import number_of

OUTPUT = "output"
"""The key, among the params, for the output layer if it is not the family's."""
_HEADS = {
    "Model": "none", "ForMaskedLM": "masked tokens", "ForTokenClassification": "tokens",
    "ForSequenceClassification": "sequences", "ForQuestionAnswering": "spans",
}  # fmt: skip
BERT = tuple([f"Bert{end}" for end in _HEADS])
ROBERTA = tuple([f"Roberta{end}" for end in _HEADS])
_LABELS = 2
"""The labels of a head whose config gives no number, as in transformers."""
_MOST_LABELS = 10**6


def bert(config: Config) -> Params:
    """Return the params of BERT: the encoder with its pooler, or with a head."""
    return _encoder(config, "bert", BERT) | {"first": 0, "eps": config.number("layer_norm_eps", default=1e-12)}


def roberta(config: Config) -> Params:
    """Return the params of RoBERTa, whose first token has the position after that of padding."""
    own = {"first": config.whole("pad_token_id", least=0) + 1}
    return _encoder(config, "roberta", ROBERTA) | own | {"eps": config.number("layer_norm_eps", default=1e-12)}


def _encoder(config: Config, model: str, known: tuple[str, ...]) -> Params:
    config.only("hidden_act", "gelu")
    config.only("is_decoder", False)
    config.only("position_embedding_type", "absolute")
    return sizes_of_heads(config) | {
        "hidden": config.whole("intermediate_size"),
        "positions": config.whole("max_position_embeddings"),
        "types": config.whole("type_vocab_size"),
        **_head(config, model, known),
    }


def _head(config: Config, model: str, known: tuple[str, ...]) -> Params:
    named = config.get("architectures", [known[0]])
    found = [name for name in (named if isinstance(named, list) else [named]) if name in known]
    if len(found) > 1:
        config.fault(
            "architectures", f"architectures: {' and '.join(found[:5])}; it is unknown which head the model has"
        )
    head = _HEADS[found[0].removeprefix(model.capitalize())] if found else "none"
    if head == "masked tokens":
        config.only("tie_word_embeddings", True)
    config.used.add("tie_word_embeddings")  # has no effect on other heads
    if head == "none":
        return {}
    labels = {} if head == "masked tokens" else {"labels": _labels(config)}
    return {"head": f"'{head}'", "model": f"'{model}'", **labels, OUTPUT: _output(head, model)}


def _output(head: str, model: str) -> str:
    if head == "masked tokens":
        return "cls.predictions" if model == "bert" else "lm_head"
    return "qa_outputs" if head == "spans" else "classifier"


def _labels(config: Config) -> int:
    named = config.get("id2label")
    if isinstance(named, dict) and named:
        given = config.get("num_labels")
        if given is not None and given != len(named):
            fact = f"num_labels={given!r:.60} contradicts id2label, which names {number_of(len(named), 'label')}"
            config.fault("num_labels", fact, "remove the one that is wrong")
        return len(named)
    return config.whole("num_labels", default=_LABELS, most=_MOST_LABELS)
