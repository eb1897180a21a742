"""A path, a packaged name or text to a checked ModelSpec, with ``extends`` followed."""

from pathlib import Path

from calc.errors import Place, Problem, SpecError, nearest
from calc.spec import source
from calc.spec.check import check
from calc.spec.model import ModelSpec
from calc.spec.schema import TOP_KEYS, Grammar
from calc.spec.source import Mapping, Scalar, Sequence, Value
from calc.spec.values import Compiled, Name, compile_value

MAX_EXTENDS = 8
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


def _build(tree: Value, file: str, root: Path) -> ModelSpec:
    grammar = Grammar()
    layers = _lineage(tree, file, root)
    for mapping in layers:
        _check_keys(grammar, mapping)
    base, top = layers[-1], layers[0]
    merged = _merge(layers)
    overrides = _overrides(grammar, layers)
    name = _text(grammar, merged, "name")
    blocks = grammar.blocks(base.entries.get("blocks"))
    parameters = grammar.parameters(base.entries.get("params"))
    for missing in ("input", "layers"):
        if missing not in merged:
            grammar.report(top, f"needs {missing}:", f"a spec has at least name, input, layers; see {TOP_KEYS}")
    chain = grammar.chain(base.entries["layers"]) if "layers" in base.entries else None
    shape = _input(grammar, merged.get("input"))
    layout = _input_words(merged.get("input"))
    output = _output(grammar, merged.get("output"))
    source_text, reference = _text(grammar, merged, "source", ""), _text(grammar, merged, "reference", "")
    for key, kind, wants in (("claims", Sequence, "a list"), ("budgets", Mapping, "a mapping"), ("preprocess", Mapping, "a mapping")):
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


def _lineage(tree: Value, file: str, root: Path) -> list[Mapping]:
    """The spec, then what it extends, then what that extends, … Raises SpecError."""
    lineage: list[Mapping] = []
    folder, seen = (root if file.startswith("<") else Path(file).parent), {Path(file).resolve()}
    while True:
        if not isinstance(tree, Mapping):
            raise SpecError([Problem(tree.place, "a spec is a mapping", "name:, input:, layers: at the top level")])
        lineage.append(tree)
        parent = tree.entries.get("extends")
        if parent is None:
            return lineage
        path = _parent_path(parent, folder, root)
        if path.resolve() in seen or len(lineage) > MAX_EXTENDS:
            reason = "comes back to itself" if path.resolve() in seen else f"is deeper than {MAX_EXTENDS} files"
            raise SpecError([Problem(parent.place, f"extends {path} {reason}")])
        seen.add(path.resolve())
        try:
            tree = source.parse(source.read(str(path)), str(path))
        except SpecError as error:
            located = [p if p.place else p._replace(place=parent.place) for p in error.problems]
            raise SpecError(located) from None
        folder = path.parent


def _parent_path(node: Value, folder: Path, root: Path) -> Path:
    if not isinstance(node, Scalar) or not isinstance(node.data, str):
        raise SpecError([Problem(node.place, "extends takes the path of a spec")])
    path = folder / node.data
    try:
        inside = path.resolve().is_relative_to(root.resolve())
        symlink = next((part for part in (path, *path.parents) if part != root and part.is_symlink()), None)
    except (OSError, RuntimeError, ValueError):
        inside, symlink = False, None
    if Path(node.data).is_absolute() or (not inside and symlink is None):
        raise SpecError([Problem(node.place, f"extends {node.data[:200]} leads outside {root or '.'}")])
    if symlink is not None and symlink.absolute().is_relative_to(root.absolute()):
        raise SpecError([Problem(node.place, f"extends {node.data[:200]} goes through the symbolic link {symlink}")])
    return path


def _check_keys(grammar: Grammar, mapping: Mapping) -> None:
    for key in mapping.entries:
        if key not in TOP_KEYS:
            grammar.report(mapping.keys[key], f"unknown key {key[:60]}", nearest(key, TOP_KEYS))
        elif key in INHERITED and "extends" in mapping.entries:
            grammar.report(mapping.keys[key], f"a spec that extends another gives no {key}", "give params, input or metadata")


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
