"""Measures configurations on the workers of a Dask cluster, one task for each. It needs the extra ``distributed``.

A task contains the configuration. The worker reads weights and images itself, from the given paths.
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
    """The arguments of an Evaluator, so that another process can make the same one."""

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
        """Return an Evaluator for the network of ``configuration``. Raises VerifyError like Evaluator and open_images.

        ``images`` are those of this recipe, if they are open already.
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
    """Measure each of ``configurations``, in order. If a worker is lost, another one runs its configuration.

    Raises OpError if there is no scheduler or too many workers are lost, and the errors of measuring.
    """
    import cloudpickle  # dask depends on it

    with cluster(address, "finished configurations are kept, and the same command continues") as client:
        packed = [cloudpickle.dumps((recipe, configuration)) for configuration in configurations]
        waiting = [client.submit(measure_packed, each, pure=False, retries=RETRIES) for each in packed]
        try:
            for future in waiting:
                yield future.result()
        finally:
            with suppress(Exception):  # the scheduler may be gone
                client.cancel(waiting)


def measure_packed(packed: bytes) -> Evaluated:
    """Measure a packed recipe and configuration. A worker calls this."""
    recipe, configuration = pickle.loads(packed)
    measured: Evaluated = recipe.evaluator(configuration).measure(configuration)
    return measured
