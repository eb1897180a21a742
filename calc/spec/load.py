"""Loads a checked ModelSpec from a path, a packaged name or text, and follows ``extends`` and ``uses``."""

import os
from pathlib import Path

from calc.errors import Nearest, Place, Problem, SpecError
from calc.frozen import FrozenDict
from calc.reading import Pipes, read_bytes, read_standard_input
from calc.spec import files, source
from calc.spec.blocks import block_params, blocks
from calc.spec.check import check_spec
from calc.spec.header import BASE_ONLY, PREPROCESS_KEYS, inputs_of, model_type_of, outputs_of, overrides, section_text
from calc.spec.model import Block, ModelSpec
from calc.spec.networks import Uses, networks
from calc.spec.provenance import Provenance
from calc.spec.schema import TOP_KEYS, Layers
from calc.spec.shelf import SUFFIXES, file_named, is_name, nearest_packaged, packaged, packaged_spec
from calc.spec.tree import Mapping, Sequence, Value

INHERITED = ("source", "model_type", "input", "output", "preprocess")
"""The sections that an extending spec may leave out.

Reference, claims and budgets are about one network at its own params.
"""
NEEDED = ("name", "input", "layers")


def find_spec(name: str) -> str:
    """Return the path for ``name``: a file, ``-``, or for a name without an ending a file in this folder or a packaged
    spec.

    Raises SpecError naming the nearest ones.
    """
    if name == "-" or _is_there(name):
        return name
    if is_name(name) and (own := file_named(name, Path())):
        return own
    found = packaged_spec(name)
    if found is not None:
        return str(found)
    if name.endswith(SUFFIXES) and not os.path.isdir(name) and (hint := _packaged_instead(Path(name).stem)):
        raise SpecError([Problem(None, f"{name[:200]}: there is no such file", hint)])
    if name and not is_name(name):
        return name  # reading it reports why it cannot be read
    if os.path.isdir(name):
        raise SpecError(
            [Problem(None, f"{name[:200]}: is a folder, not a spec", f"the files in it: {name[:200]}/*.yaml")]
        )
    raise SpecError([Problem(None, f"{name[:200]}: neither a file nor a packaged spec", nearest_packaged(name))])


def _packaged_instead(stem: str) -> str | Nearest:
    return f"{stem} is a packaged spec" if stem in packaged() else nearest_packaged(stem)


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists() and not Path(name).is_dir()
    except (OSError, ValueError):  # longer than a file name can be, or with a zero byte
        return False


def load(path: str | Path, pipes: Pipes = "awaited") -> ModelSpec:
    """Load the spec at ``path``: a file, a packaged name, or ``-`` for standard input.

    ``pipes`` says whether the path may be a pipe such as ``<(…)``. A spec that another file names may not be one.
    Raises SpecError with every problem that needs no shapes.
    """
    if not isinstance(path, (str, os.PathLike)):
        fact = f"a spec is loaded from a path, a packaged name or -, not from {type(path).__name__}"
        raise SpecError([Problem(None, fact, "calc.spec.loads takes its text")])
    file = find_spec(str(path))
    if file == "-":
        return _build(source.parse(read_standard_input(), "<stdin>"), "<stdin>", Uses(Path(), (), {}, _build))
    return _build(source.parse(read_bytes(file, pipes=pipes), file), file, Uses(Path(file).parent, (), {}, _build))


def loads(text: str, file: str = "<text>") -> ModelSpec:
    """Load the spec in ``text`` as if it were the file ``file``: places name it, and ``extends`` starts in its folder.

    Raises SpecError.
    """
    return _build(source.parse(text, file), file, Uses(Path(file).parent, (), {}, _build))


def dumps(model: ModelSpec) -> str:
    """Return YAML text of ``model`` that loads as an equal spec, from the same folder if it extends another."""
    return source.dump(model.lineage[0])


def _build(tree: Value, file: str, uses: Uses) -> ModelSpec:
    grammar = Layers()
    mappings = files.lineage(tree, file, uses.root, uses.trail)
    uses = uses._replace(trail=(*uses.trail, *[Path(mapping.file).resolve() for mapping in mappings]))
    own, base = mappings[0], mappings[-1]
    for mapping in mappings:
        _check_keys(grammar, mapping)
    inherited = {
        key: value for mapping in reversed(mappings) for key, value in mapping.entries.items() if key in INHERITED
    }
    entries = base.entries | inherited | own.entries
    _check_present(grammar, own, entries)
    inputs = inputs_of(grammar, entries["input"]) if "input" in entries else {}
    found_blocks = blocks(grammar, base.entries.get("blocks"))
    found_networks = _networks(grammar, mappings, uses, found_blocks)
    parameters_of_base = block_params(grammar, base.entries.get("params"))
    chain = grammar.chain(base.entries["layers"]) if "layers" in base.entries else None
    name = section_text(grammar, own.entries.get("name"), "name")
    source_text = section_text(grammar, entries.get("source"), "source")
    reference = section_text(grammar, own.entries.get("reference"), "reference")
    model_type = model_type_of(grammar, entries.get("model_type"))
    unproved = [file.entries["unproved"] for file in mappings if "unproved" in file.entries]
    doubts = [text for node in unproved if (text := section_text(grammar, node, "unproved"))]
    outputs = outputs_of(grammar, entries.get("output"))
    values = overrides(grammar, mappings)
    if chain is None or not inputs or not name:
        raise SpecError(_in_order(grammar.problems))
    model = ModelSpec(
        name=name,
        file=file,
        lineage=tuple(mappings),
        source=source_text,
        reference=reference or None,
        parameters=FrozenDict(parameters_of_base),
        inputs=FrozenDict(inputs),
        blocks=FrozenDict(found_blocks | found_networks),
        chain=chain,
        outputs=outputs,
        overrides=FrozenDict(values),
        sites=FrozenDict(),
        provenance=Provenance(unproved="; ".join(doubts)),
        model_type=model_type,
    )
    written = base.entries.get("blocks")
    in_file = frozenset(written.entries) if isinstance(written, Mapping) else frozenset()
    try:
        checked = check_spec(model, in_file if grammar.problems else None)
    except SpecError as error:
        raise SpecError(_in_order([*grammar.problems, *error.problems])) from None
    if grammar.problems:
        raise SpecError(_in_order(grammar.problems))
    return checked


def _networks(grammar: Layers, mappings: list[Mapping], uses: Uses, blocks_here: dict[str, Block]) -> dict[str, Block]:
    found: dict[str, Block] = {}
    before = len(grammar.problems)
    for block in [block for mapping in mappings for block in networks(grammar, mapping, uses)]:
        if block.name in blocks_here or block.name in found:
            grammar.problems.append(Problem(block.place, f"there is already a block {block.name}"))
        found[block.name] = block
    if len(grammar.problems) > before:  # or every call of a missing network would be reported too
        raise SpecError(_in_order(grammar.problems))
    return found


def _in_order(problems: list[Problem]) -> list[Problem]:
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: problem.in_file or Place("", 0, 0))


def _check_keys(grammar: Layers, mapping: Mapping) -> None:
    grammar.known_keys(mapping, TOP_KEYS)
    for key in mapping.entries:
        if key in BASE_ONLY and "extends" in mapping.entries:
            hint = "it may have params, input, output and the sections that describe it"
            grammar.report(mapping.key(key), f"a spec that extends another cannot have {key}:", hint)


def _check_present(grammar: Layers, own: Mapping, entries: dict[str, Value]) -> None:
    missing = [f"{key}:" for key in NEEDED if key not in (own.entries if key == "name" else entries)]
    if missing:
        grammar.report(own, f"needs {' and '.join(missing)}", f"a spec has at least {', '.join(NEEDED)}")
    wanted = {
        "claims": (Sequence, "a list"),
        **dict.fromkeys(("budgets", "preprocess", "vary"), (Mapping, "a mapping")),
    }
    for key, (kind, wants) in wanted.items():
        if key in own.entries and not isinstance(own.entries[key], kind):
            grammar.report(own.entries[key], f"{key} must be {wants}")
    preprocess = own.entries.get("preprocess")
    if isinstance(preprocess, Mapping):
        grammar.known_keys(preprocess, PREPROCESS_KEYS, "preprocess")
