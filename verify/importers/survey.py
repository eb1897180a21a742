"""``python -m verify.importers.survey`` imports every network of timm and reports how many are exact.

Each network is imported on the meta device and compared with the module: tensors by key, and shapes and MACs of every
module. Outputs are not compared, because the meta device has no values. Each network has a process of its own and a
limit of CPU time. The program prints one line for each network, and then the counts.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from importlib.metadata import version
from itertools import chain, zip_longest
from pathlib import Path
from types import MappingProxyType

import torch

from calc.errors import OpError, SpecError, printable
from calc.sources.written import imported_text
from verify.errors import VerifyError
from verify.importers.arguments import Sizes
from verify.importers.load import Loaded, load_source
from verify.importers.lowering import Lowered, lowered
from verify.importers.proof import prove
from verify.importers.surveyed import EXACT, Surveyed, SurveyFile, tell_each
from verify.importers.trace import traced


def outcome(name: str) -> Surveyed:
    """Return the result of importing timm's network ``name`` on the meta device, or else on the CPU."""
    began = time.process_time()
    kind, said = _held_against(name)
    return Surveyed(name, kind, printable(said)[:300], time.process_time() - began)


def _held_against(name: str) -> tuple[str, str]:
    try:
        found = lowered_on_meta(name)
        proof = prove(found, imported_text(found.imported), run=False)
    except (SpecError, VerifyError, OpError) as error:
        return "refused", str(error).splitlines()[0].removeprefix(f"timm/{name}: ")
    except Exception as error:  # the table also lists networks for which the importer itself fails
        return "fails", f"{type(error).__name__}: {error}"
    return ("differs", str(proof.problems[0])) if proof.problems else (EXACT, proof.summary)


def lowered_on_meta(
    name: str, inputs: Mapping[str, Sizes] = MappingProxyType({}), change: Callable[[Loaded], Loaded] | None = None
) -> Lowered:
    """Import timm's network ``name`` on the meta device, or on the CPU if this fails. ``change`` may replace it."""

    def imported() -> Lowered:
        loaded = load_source(f"timm/{name}", inputs)
        return lowered(traced(change(loaded) if change else loaded))

    try:
        with torch.device("meta"):
            return imported()
    except Exception:  # reading a value on the meta device raises all kinds of exceptions
        return imported()


def in_turns(families: Iterable[list[str]]) -> list[str]:
    """Return the first name of each family, then the second of each, so that a part of the list covers all."""
    return [name for name in chain.from_iterable(zip_longest(*families)) if name is not None]


def table(results: SurveyFile) -> str:
    """Return the number of exact networks, and a table of the others with the reason, in Markdown."""
    found = list(results.found.values())
    others = [each for each in found if each.kind != EXACT]
    exact, share = len(found) - len(others), 1 - len(others) / max(len(found), 1)
    lines = [f"Of {results.about}, {len(found):,} were tried: {exact:,} are exact, {share * 100:.1f} %."]
    if others:
        lines += ["", "| network | | why |", "|---|---|---|"]
        lines += [f"| `{each.name}` | {each.kind} | {each.said.replace('|', '')} |" for each in others]
    return "\n".join(lines)


def libraries() -> str:
    """Return the versions of timm and torch, as text."""
    return f"timm {version('timm')}, torch {version('torch').partition('+')[0]}"


def main() -> None:
    """Survey all of timm, or a part of it."""
    parser = argparse.ArgumentParser(prog="python -m verify.importers.survey", description="All of timm, imported.")
    parser.add_argument("--sample", type=int, metavar="N", help="N names drawn at random")
    parser.add_argument("--seed", type=int, default=1, metavar="SEED", help="the seed of the drawing")
    parser.add_argument("--limit", type=int, default=60, metavar="SECONDS", help="CPU time of a network")
    parser.add_argument("--results", type=Path, metavar="FILE", help="a file for results; its rows are not tried again")
    parser.add_argument("--table", action="store_true", help="print the results of the file in Markdown, and stop")
    parser.add_argument("names", nargs="*", metavar="NAME", help="import only these networks")
    asked = parser.parse_args()
    import timm

    names = in_turns(timm.list_models(module=each) for each in timm.list_modules())
    about = f"{len(names):,} names of {libraries()}"
    results = SurveyFile(asked.results, f"{about}, {date.today()}") if asked.results else None
    if results and not results.about.startswith(about):
        parser.error(f"{asked.results} is about {results.about}, but this is {about}: name another file")
    if asked.table:
        print(table(results) if results else parser.error("--table needs --results"))
        return
    if asked.sample is not None:
        names = timm.list_models()
        random.Random(asked.seed).shuffle(names)
    drawn = {name: name for name in asked.names or names[: asked.sample]}
    print(f"{about}: {tell_each(drawn, asked.limit, outcome, results)}")


if __name__ == "__main__":
    main()
