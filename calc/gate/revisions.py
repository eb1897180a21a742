"""Reads ``REV:path``: a spec or a file with a network from a git revision, with the files that it needs."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from calc.errors import OpError, Problem, SpecError
from calc.sources import read_source
from calc.sources.grammar import CONFIG, FILES, PYTHON

_BLOBS = (b"100644", b"100755")
_SUFFIXES = (b".yaml", b".yml")
_ALONE = (*FILES, CONFIG)
"""The endings of files that are networks by themselves."""
_LFS = b"version https://git-lfs"


def is_revision(text: str) -> bool:
    """Return True if ``text`` is ``REV:path``, and not an existing file, a module or a library."""
    revision, colon, path = text.partition(":")
    return bool(revision and colon and path) and not Path(text).exists() and not _is_source(text)


def _is_source(text: str) -> bool:
    """Return True if ``text`` is a source. ``name:name`` is one if there is a module of the first name."""
    source = read_source(text)
    if source is None:
        return False
    if source.file is not None:
        return ":" not in source.file or Path(source.file).exists()
    if source.kind != "module":
        return True
    top = source.home.partition(".")[0]
    return Path(top).is_dir() or Path(f"{top}.py").is_file() or find_spec(top) is not None


@contextmanager
def checked_out(text: str) -> Iterator[Path]:
    """A context with the path of the file ``REV:path`` in a temporary folder.

    ``path`` begins at the top of the repository, or with ``./`` at the current folder, as in git. The YAML files beside
    a spec and below it are included, and so are the files with the weights of an ONNX file. A SpecError that is raised
    within the context names ``REV:`` instead of the folder. Raises OpError for Python code, and if git does not know
    the revision or the file.
    """
    revision, _, path = text.partition(":")
    if path.partition(":")[0].endswith(PYTHON):
        fact = "Python code is not read from a revision, because it may need the files around it"
        hint = f"git worktree add ../before {revision[:60]}; calc diff ../before/{path[:60]} {path[:60]}"
        raise OpError(f"{text[:200]}: {fact}", hint)
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip().decode()
    if path.startswith("./"):
        path = _git("rev-parse", "--show-prefix").decode().strip() + path[2:]
    spec = PurePosixPath(path)
    if spec.is_absolute() or ".." in spec.parts:
        raise OpError(f"{text[:200]}: the path must stay inside the repository")
    with TemporaryDirectory(prefix="calc-") as temporary:
        folder = f"{temporary}/_"  # a name that nothing else has
        Path(folder).mkdir()
        if path.lower().endswith(_ALONE):
            _extract_network(commit, spec, Path(folder))
        else:
            _extract(commit, [f"{spec.parent}/"] if str(spec.parent) != "." else [], Path(folder), _SUFFIXES)
        found = Path(folder) / spec
        if not found.is_file():
            raise OpError(
                f"{text[:200]}: the revision has no such file",
                "the path counts from the top of the repository, or with ./ from here",
            )
        try:
            yield found
        except SpecError as error:
            raise SpecError([_renamed(problem, folder, revision) for problem in error.problems]) from None


def _extract_network(commit: str, file: PurePosixPath, folder: Path) -> None:
    """Write ``file`` and, for an ONNX file, the files with its weights."""
    _extract(commit, [str(file)], folder)
    found = folder / file
    if not found.is_file() or file.suffix.lower() != ".onnx":
        return
    from calc.onnx.read import files_beside

    beside = sorted(files_beside(str(found)))
    if beside:
        _extract(commit, [str(file.parent / name) for name in beside], folder)


def _extract(commit: str, paths: Iterable[str], folder: Path, suffixes: tuple[bytes, ...] = (b"",)) -> None:
    """Write the files at and below ``paths`` whose names end in ``suffixes``. Links and other entries are left out."""
    blobs = {}
    for entry in filter(None, _git("ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths).split(b"\0")):
        head, _, name = entry.partition(b"\t")
        mode, _, blob = head.split(b" ")
        if mode in _BLOBS and name.endswith(suffixes):
            blobs[name.decode(errors="surrogateescape")] = blob
    output = _git("cat-file", "--batch", given=b"\n".join([*blobs.values(), b""]))
    start = 0
    for file in blobs:
        start, size = _header(output, start)
        if output.startswith(_LFS, start):
            raise OpError(f"{file[:200]}: the revision has only a pointer of git LFS", "check it out")
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(output[start : start + size])
        start += size + 1


def _header(output: bytes, start: int) -> tuple[int, int]:
    """Return the position of the contents after the line ``blob kind size`` at ``start``, and their size."""
    end = output.index(b"\n", start)
    return end + 1, int(output[start:end].rpartition(b" ")[2])


def _git(*arguments: str, given: bytes = b"") -> bytes:
    try:
        ended = subprocess.run(["git", *arguments], input=given, capture_output=True, check=False)
    except OSError as error:
        raise OpError(f"git cannot be run: {error.strerror}") from None
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise OpError(f"git {arguments[0]} {arguments[-1][:100]}: {said or 'git knows no such revision'}")
    return ended.stdout


def _renamed(problem: Problem, folder: str, revision: str) -> Problem:
    def shown(text: str) -> str:
        return text.replace(f"{folder}/", f"{revision}:")

    place = problem.in_file._replace(file=shown(problem.in_file.file)) if problem.in_file else problem.place
    return problem._replace(
        place=place, fact=shown(problem.fact), hint=shown(str(problem.hint)), notes=tuple(map(shown, problem.notes))
    )
