"""Parses the layers of a spec: turns YAML values into chains of members, and reports all problems at once."""

import re

from calc.errors import Nearest, OpError, Problem
from calc.ops import is_op, op_class, outside, words
from calc.spec.grammar import Grammar
from calc.spec.model import Again, Branches, Call, Chain, Form, Member, Nested, Residual
from calc.spec.modifiers import MODIFIERS, modifiers, plain_alias
from calc.spec.tree import Mapping, Scalar, Sequence, Value
from calc.spec.values import OP_WORDS, Name

TOP_KEYS = (
    "name", "source", "reference", "model_type", "extends", "uses", "params", "vary", "input", "blocks", "layers",
    "output", "claims", "budgets", "preprocess", "unproved",
)  # fmt: skip
STRUCTURES = {
    "chain": (),
    "splice": (),
    "residual": ("shortcut", "shortcut_when"),
    "branches": ("merge",),
    "experts": (),
    "again": (),
}
"""The words that are neither op nor block, and the keys that go with each."""
MERGES = ("add", "multiply", "concat")
_MERGES = f"{', '.join(MERGES[:-1])} or {MERGES[-1]}"
BLOCK_NAME = re.compile(r"[A-Z][A-Za-z0-9_]*")
_OP_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PARAM_WORD = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
PYTORCH = {
    **{f"{norm}norm{rank}d": f"{norm}norm" for norm in ("batch", "instance") for rank in (1, 2, 3)},
    **{f"dropout{rank}d": "dropout" for rank in (1, 2, 3)},
    "swish": "silu", "fc": "linear", "dense": "linear", "cat": "concat", "mul": "multiply", "interpolate": "upsample",
}  # fmt: skip
"""Names of ops in other libraries, in lower case and without _."""
_COMPANIONS = frozenset(MODIFIERS) | {key for keys in STRUCTURES.values() for key in keys}


class Layers(Grammar):
    """Parses the layers of a spec and collects everything that is wrong with them."""

    def chain(self, node: Value) -> Chain | None:
        """Read a list of layers, or a mapping of names to layers."""
        if isinstance(node, Sequence):
            members = [self.member(item, None) for item in node.items]
        elif isinstance(node, Mapping):
            members = [self._named(key, node.entries[name]) for name, key in node.keys().items()]
        else:
            assert isinstance(node, Scalar)
            fact = f"a chain must be a list of layers or a mapping of names to layers, got {_shown(node)}"
            self.report(node, fact, f"write [{node.text}]" if self._is_word(node.text) else "the empty chain is []")
            return None
        return Chain(node.place, tuple([member for member in members if member is not None]))

    def _named(self, key: Scalar, node: Value) -> Member | None:
        name, before = self.name(key), len(self.problems)
        member = self.member(node, name)
        if member is None and is_op(key.text):
            # the most common mistake: an op stands where a mapping has its names
            del self.problems[before:]
            hint = f"in a mapping the keys are names: write a list (- {key.text}: …), or NAME: {{{key.text}: …}}"
            self.report(key, f"the op {key.text} stands where a name belongs", hint)
        return member if name is not None else None

    def member(self, node: Value, key: Name | None) -> Member | None:
        """Read one layer with its modifiers."""
        if isinstance(node, Sequence):
            chain = self.chain(node)
            return Member(node.place, key, Nested(chain)) if chain else None
        if isinstance(node, Scalar):
            return self._bare_word(node, key)
        assert isinstance(node, Mapping)
        words = [k for k in node.entries if self._is_word(k)]
        if key is not None and (len(words) != 1 or not _is_known(words[0])) and _is_chain(node):
            chain = self.chain(node)
            return Member(node.place, key, Nested(chain)) if chain else None
        if len(words) != 1:
            self._report_words(node, words)
            return None
        word = words[0]
        written = node.key(word)
        form = self._form(written, node)
        if form is None:
            return None
        place = form.place if type(form) is Call else written.place
        if len(node.entries) == 1:
            return Member(place, key, form)
        self.known_keys(node, (word, *MODIFIERS, *STRUCTURES.get(word, ())), f"a layer of {word}")
        return Member(place, key, form, **modifiers(self, form, node))

    def _bare_word(self, node: Scalar, key: Name | None) -> Member | None:
        word = node.text
        if word in STRUCTURES:
            if word == "experts":
                self._report_no_expert(node)
            else:
                self.report(node, f"{word} needs layers", f"{word}: [layers]")
        elif not self._is_word(word) and op_meant(word):
            self.report(node, f"unknown op {word[:60]}", f"did you mean {op_meant(word)}?")
        elif not self._is_word(word):
            self.report(node, f"a layer must be an op, a Block, $param or a list of layers, got {_shown(node)}")
        elif self._known_word(node):
            return Member(node.place, key, Call(word, node.place, None))
        return None

    def _is_word(self, text: str) -> bool:
        if text in OP_WORDS:
            return True
        if text in _COMPANIONS:
            return False
        return bool(
            text in STRUCTURES or _OP_NAME.fullmatch(text) or BLOCK_NAME.fullmatch(text) or _PARAM_WORD.fullmatch(text)
        )

    def _report_words(self, node: Mapping, words: list[str]) -> None:
        """Report a layer with no word or several. If one of several is known, the others are reported as keys."""
        known = [word for word in words if word in STRUCTURES or is_op(word) or not _OP_NAME.fullmatch(word)]
        if len(known) == 1:
            word = known[0]
            fields = op_class(word).fields() if is_op(word) else {}
            keys = node.keys()
            for other in words:
                if other in fields:
                    hint = f"write it inside: {word}: {{{other}: …}}"
                    self.report(keys[other], f"{other} is a key of {word}, not of the layer", hint)
                elif other != word:
                    near = Nearest(other, MODIFIERS, STRUCTURES.get(word, ()))
                    self.report(keys[other], f"unknown key {other[:60]} in a layer of {word}", near)
            return
        meant = [key for key in node.entries if not words and op_meant(key)]
        if meant:
            self.report(node.key(meant[0]), f"unknown op {meant[0][:60]}", f"did you mean {op_meant(meant[0])}?")
            return
        named = f"{len(words)}: {', '.join(words)[:60]}" if words else "none"
        hint = "a layer is {word: arguments}, with when, repeat, … beside the word"
        if list(node.entries) == ["repeat"]:
            hint = "repeat goes beside a word and repeats the layer; to repeat elements, use tile"
        self.report(node, f"a layer has exactly one word, this one has {named}", hint)

    def _known_word(self, node: Scalar) -> bool:
        if node.text not in OP_WORDS and _OP_NAME.fullmatch(node.text):
            if is_op(node.text):
                return self._loads(node)
            if node.text in outside().refused:
                hint = "an op comes with the builder that calc verify checks its counts by"
                self.report(node, outside().refused[node.text], hint)
                return False
            meant = op_meant(node.text)
            otherwise = "calc ops lists the ops; a block has a capital; in a list no layer has a name"
            near = Nearest(node.text, words(), STRUCTURES, listed=(), otherwise=otherwise)
            self.report(node, f"unknown op {node.text[:60]}", f"did you mean {meant}?" if meant else near)
            return False
        return True

    def _loads(self, node: Scalar) -> bool:
        """True if an op of another distribution can be imported. Otherwise reports why not."""
        try:
            op_class(node.text)
        except OpError as error:
            self.report(node, error.fact, error.hint)
            return False
        return True

    def _form(self, key: Scalar, node: Mapping) -> Form | None:
        word = key.text
        body = node.entries[word]
        if word not in STRUCTURES:
            if not self._known_word(key):
                return None
            empty = isinstance(body, Scalar) and body.empty
            return Call(word, key.place, None if empty else body)
        if word in ("chain", "splice"):
            chain = self.chain(body)
            return Nested(chain, splice=word == "splice") if chain else None
        if word == "residual":
            chain = self.chain(body)
            shortcut = self.chain(node.entries["shortcut"]) if "shortcut" in node.entries else None
            condition = self.value(node.entries["shortcut_when"]) if "shortcut_when" in node.entries else None
            return Residual(chain, shortcut, condition) if chain else None
        if word == "experts":
            return self._experts(key, body)
        if word == "again":
            return self._again(body)
        return self._branches(node, body)

    def _experts(self, key: Scalar, body: Value) -> Call | None:
        if not isinstance(body, Mapping) or "expert" not in body.entries:
            self._report_no_expert(key)
            return None
        member = self.member(body.entries["expert"], None)
        if member is None:
            return None
        plain_alias(self, member, "expert:", "write it inside a block")
        return Call(key.text, key.place, body.without("expert"), Chain(member.place, (member,)))

    def _report_no_expert(self, key: Scalar) -> None:
        hint = "experts: {expert: Block, count: 8, active: 2}, from: [TOKENS, ROUTER]"
        self.report(key, "experts needs expert:, the layer to make copies of", hint)

    def _again(self, body: Value) -> Again | None:
        if not isinstance(body, Scalar) or not body.text:
            self.report(body, f"again takes the name of an earlier layer, block or chain, got {_shown(body)}")
            return None
        name = self.name(body)
        return None if name is None else Again(name)

    def _branches(self, node: Mapping, body: Value) -> Branches | None:
        merge = node.entries.get("merge")
        if merge is None:
            self.report(node.key("branches"), "branches needs merge", f"merge: {_MERGES}")
        elif not isinstance(merge, Scalar) or merge.text not in MERGES:
            self.report(merge, f"merge must be {_MERGES}, got {_shown(merge)}")
        if isinstance(body, Sequence):
            chains = [chain for chain in map(self.chain, body.items) if chain is not None]
            count = len(body.items)
        elif isinstance(body, Mapping):
            named = self.chain(body)
            members = named.members if named else ()
            chains, count = [Chain(member.place, (member,)) for member in members], len(body.entries)
            for member in members:
                count += member.loop is not None or member.repeat is not None
                for word in ("training_only",) * member.training_only + ("runs",) * (member.runs is not None):
                    self.problems.append(Problem(member.place, f"a branch cannot be {word}: it is merged"))
        else:
            self.report(body, f"branches must be a list of chains or a mapping of names to layers, got {_shown(body)}")
            return None
        if count < 2:
            self.report(body, f"branches needs at least two branches, got {count}")
        if count < 2 or not isinstance(merge, Scalar) or merge.text not in MERGES:
            return None
        return Branches(tuple(chains), merge.text, isinstance(body, Mapping))


def _is_known(word: str) -> bool:
    """True if ``word`` begins a layer: an op, a word for structure, or a word that can only be a block or a param."""
    return word in OP_WORDS or word in STRUCTURES or not _OP_NAME.fullmatch(word) or is_op(word)


def _is_chain(node: Mapping) -> bool:
    """True if each key can only be a name and each value only a layer, so the mapping is a chain."""
    if not node.entries or any(key in _COMPANIONS or _begins_layer(key) for key in node.entries):
        return False
    return all(map(_is_layer, node.entries.values()))


def _is_layer(node: Value) -> bool:
    if isinstance(node, Scalar):
        return _begins_layer(node.text)
    return isinstance(node, Sequence) or any(map(_begins_layer, node.entries)) or _is_chain(node)


def _begins_layer(text: str) -> bool:
    if BLOCK_NAME.fullmatch(text) or _PARAM_WORD.fullmatch(text):
        return True
    return bool(_OP_NAME.fullmatch(text)) and _is_known(text)


def op_meant(word: str) -> str:
    """Return the op that ``word`` is another spelling of, such as ``BatchNorm2d`` or ``conv2D``; otherwise ""."""
    bare = word.replace("_", "").lower()
    bare = PYTORCH.get(bare, bare)
    return next((op for op in words() if op.replace("_", "") == bare), "")


def _shown(node: Value) -> str:
    if isinstance(node, Scalar):
        return f"'{node.text[:60]}'" if node.text else "nothing"
    return "a mapping" if isinstance(node, Mapping) else "a list"
