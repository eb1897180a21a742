"""A path, a packaged name or text to a checked ModelSpec, with ``extends`` and ``uses`` followed."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from calc.errors import Place, Problem, SpecError, nearest
from calc.spec import files, source
from calc.spec.check import check
from calc.spec.model import Block, Chain, ModelSpec, Nested, Parameter
from calc.spec.schema import TOP_KEYS, Grammar
from calc.spec.source import Mapping, Scalar, Sequence, Value
from calc.spec.values import Compiled, Name

INHERITED = ("layers", "blocks")
_SUFFIXES = (".yaml", ".yml")


def packaged_specs() -> Path:
    """The folder of the specs that come with the package."""
    package = Path(__file__).parents[1]
    installed = package / "specs"
    return installed if installed.is_dir() else package.parent / "specs"


def find(name: str) -> str:
    """The path that ``name`` means: a file, ``-``, or a packaged spec by its name without the ending.

    Dashes and underscores of a packaged name do not matter. Raises SpecError naming the nearest ones.
    """
    if name == "-" or name.endswith(_SUFFIXES) or "/" in name or Path(name).exists():
        return name
    folder = packaged_specs()
    known = {path.stem: path for path in folder.glob("*.yaml")}
    if name in known:
        return str(known[name])
    bare = _bare(name)
    for stem, path in known.items():
        if _bare(stem) == bare:
            return str(path)
    raise SpecError([Problem(None, f"{name}: neither a file nor a packaged spec", nearest(name, known))])


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def load(path: str | Path) -> ModelSpec:
    """The spec at ``path`` (a file, a packaged name, or ``-`` for standard input).

    Raises SpecError with every static problem.
    """
    file = find(str(path))
    name = "<stdin>" if file == "-" else file
    tree = source.parse(source.read(file), name)
    root = Path.cwd() if file == "-" else Path(file).parent
    return _build(tree, name, root)


def loads(text: str, file: str = "<text>") -> ModelSpec:
    """The spec in ``text``; places carry ``file`` as their file. Raises SpecError."""
    return _build(source.parse(text, file), file, Path.cwd())


def dumps(model: ModelSpec) -> str:
    """YAML text of ``model`` that loads as an equal spec (from the same folder, if it extends another)."""
    return source.dump(model.tree)


class _Uses(NamedTuple):
    """What the files under ``uses:`` need: the folder to stay in, the files that led here, the specs built so far."""

    root: Path
    trail: tuple[Path, ...]
    built: dict[Path, ModelSpec]


def _build(tree: Value, file: str, root: Path) -> ModelSpec:
    return _build_used(tree, file, _Uses(root, (), {}))


def _build_used(tree: Value, file: str, uses: _Uses) -> ModelSpec:
    grammar = Grammar()
    layers = files.lineage(tree, file, uses.root, uses.trail)
    uses = uses._replace(trail=(*uses.trail, *(Path(mapping.file).resolve() for mapping in layers)))
    for mapping in layers:
        _check_keys(grammar, mapping)
    base, top = layers[-1], layers[0]
    merged = _merge(layers)
    overrides = _overrides(grammar, layers)
    name = _text(grammar, merged, "name")
    blocks = grammar.blocks(base.entries.get("blocks"))
    for mapping in layers:
        for block in _networks(grammar, mapping, uses):
            if block.name in blocks:
                grammar.problems.append(Problem(block.place, f"there is already a block {block.name}"))
            blocks[block.name] = block
    parameters = grammar.parameters(base.entries.get("params"))
    for missing in ("input", "layers"):
        if missing not in merged:
            grammar.report(top, f"needs {missing}:", f"a spec has at least name, input, layers; see {TOP_KEYS}")
    chain = grammar.chain(base.entries["layers"]) if "layers" in base.entries else None
    shape = _input(grammar, merged.get("input"))
    layout = _input_words(merged.get("input"))
    output = _output(grammar, merged.get("output"))
    source_text, reference = _text(grammar, merged, "source", ""), _text(grammar, merged, "reference", "")
    for key, kind, wants in (
        ("claims", Sequence, "a list"),
        ("budgets", Mapping, "a mapping"),
        ("preprocess", Mapping, "a mapping"),
    ):
        if key in merged and not isinstance(merged[key], kind):
            grammar.report(merged[key], f"{key} must be {wants}")
    if chain is None or shape is None or name is None:
        raise SpecError(_sorted(grammar.problems))
    model = ModelSpec(
        name=name,
        file=file,
        tree=top,
        source=source_text or "",
        reference=reference or None,
        parameters=parameters,
        input=shape,
        input_channels="last" if "last" in layout else "first",
        input_dtype="int64" if "int64" in layout else "float32",
        blocks=blocks,
        chain=chain,
        output=output,
        overrides=overrides,
    )
    problems = grammar.problems + check(model)
    if problems:
        raise SpecError(_sorted(problems))
    return model


def _sorted(problems: list[Problem]) -> list[Problem]:
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: problem.place or Place("", 0, 0))


def _networks(grammar: Grammar, mapping: Mapping, uses: _Uses) -> Iterator[Block]:
    """The networks under ``uses:``, each as a block; ``file.yaml#name`` means one list of its layers."""
    node = mapping.entries.get("uses")
    if node is None:
        return
    if not isinstance(node, Mapping):
        grammar.report(node, "uses must be a mapping of block names to specs", "uses: {ResNet50: resnet50.yaml}")
        return
    for name, written in node.entries.items():
        grammar.block_name(name, node.keys[name])
        block = grammar.attempt(partial(_network, name, written, uses))
        if block is not None:
            yield block


def _network(name: str, node: Value, uses: _Uses) -> Block:
    """The spec that ``node`` names as a block: its params, with the values it has for them, and its layers."""
    path, part = files.inside(node, "uses", uses.root)
    home = uses.built.get(path.resolve())
    if home is None:
        home = _build_used(files.read(node, "uses", path, uses.trail), str(path), uses)
        uses.built[path.resolve()] = home
    parameters = {
        key: Parameter(key, own.place, home.overrides.get(key, own.default)) for key, own in home.parameters.items()
    }
    if part:
        return Block(name, node.place, parameters, (), _part(home, part, node), alias=False, home=home)
    return Block(name, node.place, parameters, (), home.chain, alias=False, home=home, output=home.output)


def _part(home: ModelSpec, name: str, node: Value) -> Chain:
    lists = {
        member.key.constant: member.form.chain
        for member in home.chain.members
        if member.key is not None and isinstance(member.form, Nested)
    }
    if name not in lists:
        raise SpecError([Problem(node.place, f"{home.file} has no list of layers {name[:60]}", nearest(name, lists))])
    return lists[name]


def _check_keys(grammar: Grammar, mapping: Mapping) -> None:
    for key in mapping.entries:
        if key not in TOP_KEYS:
            grammar.report(mapping.keys[key], f"unknown key {key[:60]}", nearest(key, TOP_KEYS))
        elif key in INHERITED and "extends" in mapping.entries:
            grammar.report(
                mapping.keys[key], f"a spec that extends another gives no {key}", "give params, input or metadata"
            )


def _merge(lineage: list[Mapping]) -> dict[str, Value]:
    merged: dict[str, Value] = {}
    for mapping in reversed(lineage):
        merged.update(mapping.entries)
    merged["name"] = lineage[0].entries.get("name", lineage[0])
    return merged


def _overrides(grammar: Grammar, lineage: list[Mapping]) -> dict[str, Compiled]:
    """Values for params, the nearest spec's first. An unknown one is a problem."""
    base = lineage[-1].entries.get("params")
    known = set(base.entries) if isinstance(base, Mapping) else set()
    overrides: dict[str, Compiled] = {}
    for mapping in reversed(lineage[:-1]):
        given = mapping.entries.get("params")
        if given is None:
            continue
        if not isinstance(given, Mapping):
            grammar.report(given, "params must be a mapping of names to values")
            continue
        for name, node in given.entries.items():
            if name not in known:
                grammar.report(given.keys[name], f"unknown param {name[:60]}", nearest(name, known))
                continue
            value = grammar.value(node)
            if value is not None:
                overrides[name] = value
    return overrides


def _text(grammar: Grammar, merged: dict[str, Value], key: str, default: str | None = None) -> str | None:
    node = merged.get(key)
    if node is None and default is not None:
        return default
    if isinstance(node, Scalar) and isinstance(node.data, str) and node.data:
        return node.data
    if isinstance(node, Scalar) and isinstance(node.data, (int, float)) and not isinstance(node.data, bool):
        return node.text
    if node is not None:
        fact = f"{key} must be text" if not isinstance(node, Mapping) or key != "name" else "needs name:"
        grammar.report(node, fact)
    return None


_INPUT_WORDS = {"channels": ("first", "last"), "dtype": ("float32", "int64")}


def _input(grammar: Grammar, node: Value | None) -> Compiled | None:
    if isinstance(node, Mapping):
        for key, value in node.entries.items():
            known = ("shape", *_INPUT_WORDS)
            if key not in known:
                grammar.report(node.keys[key], f"unknown key {key[:60]} in input", nearest(key, known))
            elif key != "shape" and (not isinstance(value, Scalar) or value.text not in _INPUT_WORDS[key]):
                grammar.report(value, f"{key} must be {' or '.join(_INPUT_WORDS[key])}")
        if "shape" not in node.entries:
            grammar.report(node, "input needs shape:", "input: {shape: [197, 768], channels: last}")
            return None
        node = node.entries["shape"]
    if node is None:
        return None
    if not isinstance(node, Sequence) or not node.items:
        grammar.report(node, "input must be a list of sizes without the batch", "input: [3, 224, 224]")
        return None
    return grammar.value(node)


def _input_words(node: Value | None) -> set[str]:
    """The literal words that say how the input is laid out."""
    if not isinstance(node, Mapping):
        return set()
    return {node.entries[key].text for key in _INPUT_WORDS if isinstance(node.entries.get(key), Scalar)}  # type: ignore[attr-defined]  # scalars have text


def _output(grammar: Grammar, node: Value | None) -> Name | None:
    if node is None:
        return None
    if not isinstance(node, Scalar):
        grammar.report(node, "output takes one name; several outputs are reserved for later")
        return None
    return grammar.attempt(lambda: Name(node))
