"""The grammar: a tree of YAML values to a ModelSpec, every violation located and reported at once."""

import re
from collections.abc import Callable
from typing import TypeVar

from calc.errors import Problem, SpecError, nearest
from calc.spec.model import Block, Branches, Call, Chain, Form, Loop, Member, Nested, Parameter, Residual
from calc.spec.source import Mapping, Scalar, Sequence, Value
from calc.spec.values import OP_WORDS, Compiled, Name, compile_value

TOP_KEYS = (
    "name", "source", "reference", "extends", "uses", "params", "input", "blocks", "layers", "output",
    "claims", "budgets", "preprocess",
)  # fmt: skip
MODIFIERS = ("when", "repeat", "for", "over", "from", "bits", "training_only", "shares")
STRUCTURES = {
    "chain": (),
    "splice": (),
    "residual": ("shortcut", "shortcut_when"),
    "branches": ("merge",),
}
MERGES = ("add", "multiply", "concat")
BITS_WORD = re.compile(r"w([0-9]{1,2})a([0-9]{1,2})")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BLOCK = re.compile(r"[A-Z][A-Za-z0-9_]*")
_OP = re.compile(r"[a-z][a-z0-9_]*")
_PARAM_WORD = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")

T = TypeVar("T")


class Grammar:
    """Parses the parts of a spec and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, node: Value, fact: str, hint: str = "", layer: str = "") -> None:
        self.problems.append(Problem(node.place, fact, hint, layer))

    def attempt(self, parse: Callable[[], T]) -> T | None:
        """The result of ``parse``, or None with its problems kept."""
        try:
            return parse()
        except SpecError as error:
            self.problems.extend(error.problems)
            return None

    def value(self, node: Value) -> Compiled | None:
        """A compiled value, or None if it is wrong."""
        return self.attempt(lambda: compile_value(node))

    def parameters(self, node: Value | None) -> dict[str, Parameter]:
        """``params:``, a mapping of names to defaults; nothing after the colon: required."""
        if node is None or (isinstance(node, Scalar) and node.data is None):
            return {}
        if not isinstance(node, Mapping):
            self.report(node, "params must be a mapping of names to defaults", "params: {width: 1.0, out: }")
            return {}
        found = {}
        for name, default in node.entries.items():
            if not _VARIABLE.fullmatch(name) or name in ("in", "i"):
                hint = "in and i are the language's own" if name in ("in", "i") else ""
                self.report(node.keys[name], f"'{name[:60]}' cannot name a parameter", hint)
                continue
            required = isinstance(default, Scalar) and default.empty
            compiled = None if required else self.value(default)
            if required or compiled is not None:
                found[name] = Parameter(name, node.keys[name].place, compiled)
        return found

    def blocks(self, node: Value | None) -> dict[str, Block]:
        """``blocks:``, a mapping of capitalised names to blocks."""
        if node is None or (isinstance(node, Scalar) and node.data is None):
            return {}
        if not isinstance(node, Mapping):
            self.report(node, "blocks must be a mapping of names to blocks")
            return {}
        found = {}
        for name, body in node.entries.items():
            self.block_name(name, node.keys[name])
            block = self.block(name, node.keys[name], body)
            if block is not None:
                found[name] = block
        return found

    def block_name(self, name: str, key: Scalar) -> None:
        """Report ``name`` where it cannot name a block."""
        if not _BLOCK.fullmatch(name):
            self.report(key, f"'{name[:60]}' cannot name a block", "a block starts with a capital")

    def block(self, name: str, key: Scalar, body: Value) -> Block | None:
        """One block: ``params?`` and ``inputs?``, then ``layers`` or ``is``."""
        if not isinstance(body, Mapping):
            self.report(body, f"block {name} must be a mapping", "with params: and layers:, or is: for an alias")
            return None
        self._known_keys(body, ("params", "inputs", "layers", "is"), f"block {name}")
        if ("layers" in body.entries) == ("is" in body.entries):
            self.report(key, f"block {name} needs layers: or is:, one of them")
            return None
        alias = "is" in body.entries
        if alias:
            member = self.member(body.entries["is"], None)
            chain = Chain(body.place, (member,)) if member else None
        else:
            chain = self.chain(body.entries["layers"])
        inputs = self._words_list(body.entries.get("inputs"), "inputs")
        parameters = self.parameters(body.entries.get("params"))
        return Block(name, key.place, parameters, inputs, chain, alias) if chain else None

    def chain(self, node: Value) -> Chain | None:
        """A list of layers, or a mapping of names to layers."""
        if isinstance(node, Sequence):
            members = [self.member(item, None) for item in node.items]
        elif isinstance(node, Mapping):
            members = [
                self.member(item, self.attempt(lambda key=node.keys[name]: Name(key)))  # type: ignore[misc]  # bound now
                for name, item in node.entries.items()
            ]
        else:
            shown = node.text[:40] if isinstance(node, Scalar) else ""
            self.report(node, f"a chain must be a list or a mapping of names, got '{shown}'", f"write [{shown}]")
            return None
        return Chain(node.place, tuple([member for member in members if member is not None]))

    def member(self, node: Value, key: Name | None) -> Member | None:
        """One layer with its modifiers."""
        if isinstance(node, Sequence):
            chain = self.chain(node)
            return Member(node.place, key, Nested(chain)) if chain else None
        if isinstance(node, Scalar):
            return self._bare_word(node, key)
        assert isinstance(node, Mapping)
        words = [k for k in node.entries if self._is_word(k)]
        if len(words) != 1:
            self._report_words(node, words)
            return None
        word = words[0]
        form = self._form(word, node)
        if form is None:
            return None
        return self._modified(Member(node.keys[word].place, key, form), node, word)

    def _bare_word(self, node: Scalar, key: Name | None) -> Member | None:
        word = node.text
        if not self._is_word(word) or word in STRUCTURES:
            self.report(node, f"'{word[:60]}' is not a layer", "an op, a Block, $param, or a list of layers")
            return None
        if self._check_word(node):
            return Member(node.place, key, Call(word, node.place, None))
        return None

    def _is_word(self, text: str) -> bool:
        if text in MODIFIERS or text in ("shortcut", "shortcut_when", "merge"):
            return False
        return bool(text in STRUCTURES or _OP.fullmatch(text) or _BLOCK.fullmatch(text) or _PARAM_WORD.fullmatch(text))

    def _report_words(self, node: Mapping, words: list[str]) -> None:
        known = [word for word in words if word in OP_WORDS or word in STRUCTURES or word[0].isupper()]
        if len(known) == 1:
            for word in words:
                if word != known[0]:
                    hint = nearest(word, (*MODIFIERS, *STRUCTURES.get(known[0], ())))
                    self.report(node.keys[word], f"unknown modifier {word} beside {known[0]}", hint)
            return
        other = [key for key in node.entries if key not in words and key not in MODIFIERS]
        if not words and other:
            self.report(node.keys[other[0]], f"'{other[0][:60]}' is not the word of a layer")
        else:
            named = f"{len(words)}: {', '.join(words[:5])}" if words else "none"
            self.report(
                node, f"a layer has exactly one word, this one has {named}", "a mapping here is {word: arguments}"
            )

    def _check_word(self, node: Scalar) -> bool:
        word = node.text
        if _OP.fullmatch(word) and word not in OP_WORDS:
            self.report(node, f"unknown op {word}", nearest(word, OP_WORDS))
            return False
        return True

    def _form(self, word: str, node: Mapping) -> Form | None:
        body = node.entries[word]
        if word in ("chain", "splice"):
            chain = self.chain(body)
            return Nested(chain, splice=word == "splice") if chain else None
        if word == "residual":
            chain = self.chain(body)
            shortcut = self.chain(node.entries["shortcut"]) if "shortcut" in node.entries else None
            condition = self.value(node.entries["shortcut_when"]) if "shortcut_when" in node.entries else None
            return Residual(chain, shortcut, condition) if chain else None
        if word == "branches":
            return self._branches(node, body)
        if not self._check_word(node.keys[word]):
            return None
        empty = isinstance(body, Scalar) and body.empty
        return Call(word, node.keys[word].place, None if empty else body)

    def _branches(self, node: Mapping, body: Value) -> Branches | None:
        merge = node.entries.get("merge")
        if not isinstance(merge, Scalar) or merge.text not in MERGES:
            self.report(merge or node.keys["branches"], f"branches needs merge: {', '.join(MERGES)}")
            return None
        if isinstance(body, Sequence):
            chains = [chain for chain in map(self.chain, body.items) if chain is not None]
        elif isinstance(body, Mapping):
            named = self.chain(body)
            chains = [Chain(member.place, (member,)) for member in named.members] if named else []
        else:
            self.report(body, "branches must be a list of chains or a mapping of named layers")
            return None
        looped = isinstance(body, Mapping) and any(c.members[0].loop or c.members[0].repeat for c in chains)
        if len(body.items if isinstance(body, Sequence) else body.entries) < 2 and not looped:
            self.report(body, "branches needs at least two branches")
            return None
        return Branches(tuple(chains), merge.text, isinstance(body, Mapping))

    def _modified(self, member: Member, node: Mapping, word: str) -> Member:
        entries = node.entries
        self._known_keys(node, (word, *MODIFIERS, *STRUCTURES.get(word, ())), word)
        if "when" in entries:
            member.when = self.value(entries["when"])
        if "repeat" in entries:
            member.repeat = self.value(entries["repeat"])
        if "for" in entries:
            member.loop = self._loop(node)
        elif "over" in entries:
            self.report(node.keys["over"], "over without for", "for: [names], over: rows")
        if "from" in entries:
            member.sources = self._names(entries["from"])
        if "shares" in entries:
            names = self._names(entries["shares"])
            member.shares = names[0] if len(names) == 1 else None
        if "bits" in entries:
            member.bits = self._bits(entries["bits"])
        if "training_only" in entries:
            flag = entries["training_only"]
            if not isinstance(flag, Scalar) or not isinstance(flag.data, bool):
                self.report(flag, "training_only must be true or false")
            else:
                member.training_only = flag.data
        member.plain = not (member.when or member.repeat or member.loop)
        return member

    def _bits(self, node: Value) -> Compiled | str | None:
        if isinstance(node, Scalar) and isinstance(node.data, str) and BITS_WORD.fullmatch(node.data):
            return node.data
        return self.value(node)

    def _loop(self, node: Mapping) -> Loop | None:
        names, over = node.entries["for"], node.entries.get("over")
        place = node.keys["for"].place
        if isinstance(names, Mapping):
            if over is not None:
                self.report(over, "for: {name: list} carries its lists; over does not belong here")
            values = [self.value(item) for item in names.entries.values()]
            variables, columns = tuple(names.entries), True
        else:
            if over is None:
                self.report(node.keys["for"], "for without over", "for: [names], over: rows")
                return None
            values, variables, columns = [self.value(over)], self._words_list(names, "for"), False
            if isinstance(names, Scalar):
                columns = True
        for variable in variables:
            if not _VARIABLE.fullmatch(variable) or variable in ("in", "i"):
                self.report(names, f"'{variable[:60]}' cannot name a loop variable")
        if not variables or any(value is None for value in values):
            return None
        return Loop(variables, tuple([value for value in values if value is not None]), columns, place)

    def _names(self, node: Value) -> tuple[Name, ...]:
        items = node.items if isinstance(node, Sequence) else [node]
        names = []
        for item in items:
            if not isinstance(item, Scalar) or item.text == "":
                self.report(item, "from and shares take names of layers")
                continue
            name = self.attempt(lambda item=item: Name(item))  # type: ignore[misc]  # bound now
            if name is not None:
                names.append(name)
        return tuple(names)

    def _words_list(self, node: Value | None, key: str) -> tuple[str, ...]:
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else [node]
        words = [item.text for item in items if isinstance(item, Scalar) and _VARIABLE.fullmatch(item.text)]
        if len(words) != len(items) or len(set(words)) != len(words):
            self.report(node, f"{key} takes distinct names")
        return tuple(words)

    def _known_keys(self, node: Mapping, known: tuple[str, ...], where: str) -> None:
        for key in node.entries:
            if key not in known:
                self.report(node.keys[key], f"unknown key {key} in {where}", nearest(key, known))
