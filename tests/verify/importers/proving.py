"""A module of a test, imported and proved."""

from dataclasses import replace

from torch import nn

from calc.importing.proof import Proof
from calc.spec.write import spec_text
from tests.verify.importers.modules import lowered_of
from verify.importers import Lowered
from verify.importers.proof import prove


def proved(module: nn.Module, **inputs: tuple[int, ...]) -> Proof:
    """The proof of ``module``, imported as it is; ``inputs``: sizes by the names of the arguments of its forward."""
    return held_against(lowered_of(module, **inputs))


def held_against(found: Lowered, module: nn.Module | None = None, text: str | None = None) -> Proof:
    """The proof of ``found`` as if it was imported from ``module`` and written as ``text``."""
    if module is not None:
        loaded = replace(found.traced.loaded, module=module.eval())
        found = replace(found, traced=replace(found.traced, loaded=loaded))
    return prove(found, spec_text(found.imported.graph) if text is None else text)


def said(proof: Proof) -> list[str]:
    """The problems of ``proof``: one line with the module and the fact for each."""
    return [f"{problem.layer}: {problem.fact}" for problem in proof.problems]
