"""Configurations on the workers of a Dask cluster (the extra ``distributed``), one a task.

A task carries the configuration; weights and images are read by the worker, under the paths given here.
"""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from calc.sweeps.chunks import RETRIES, cluster
from verify.data import Images, Preprocess, open_images
from verify.evaluate.configuration import EvaluatedBits, Quantisation
from verify.evaluate.evaluate import Evaluator
from verify.evaluate.measured import Evaluated
from verify.single import only_input, only_output


class Recipe(NamedTuple):
    """What an Evaluator is made of, so that another process can make the same one."""

    weights: str
    data: str
    split: str
    root: str
    preprocess: Preprocess
    quantisation: Quantisation
    limit: int | None
    batch_size: int
    skip_bad: bool
    device: str

    def evaluator(self, configuration: EvaluatedBits, images: Images | None = None) -> Evaluator:
        """One for the network of ``configuration``. Raises VerifyError as Evaluator and open_images do.

        ``images``: those of this recipe, where they are open already.
        """
        graph = configuration.analysis.graph
        sizes, classes = only_input(graph), only_output(graph)
        if images is None:
            images = open_images(self.data, sizes, classes, self.split, self.root, skip_bad=self.skip_bad)
        return Evaluator(
            configuration.analysis,
            self.weights,
            images,
            self.preprocess,
            self.quantisation,
            limit=self.limit,
            batch_size=self.batch_size,
            skip_bad=self.skip_bad,
            device=self.device,
        )


def evaluate_on_cluster(recipe: Recipe, configurations: Sequence[EvaluatedBits], address: str) -> Iterator[Evaluated]:
    """Each of ``configurations`` measured, in their order; one lost with its worker is run by another.

    Raises OpError where there is no scheduler or a configuration loses every worker, and what measuring raises.
    """
    import cloudpickle  # of dask's own

    with cluster(address, "what was measured is kept: the same command goes on") as client:
        packed = [cloudpickle.dumps((recipe, configuration)) for configuration in configurations]
        waiting = [client.submit(measure_packed, each, pure=False, retries=RETRIES) for each in packed]
        try:
            for future in waiting:
                yield future.result()
        finally:
            with suppress(Exception):  # of a scheduler that is gone nothing need be called off
                client.cancel(waiting)


def measure_packed(packed: bytes) -> Evaluated:
    """What a worker runs: the packed configuration, measured by an evaluator of its own."""
    recipe, configuration = pickle.loads(packed)
    measured: Evaluated = recipe.evaluator(configuration).measure(configuration)
    return measured
