"""Measures one configuration: rounds weights, calibrates activations, and scores images."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from calc.analysis import Analysis
from verify.build import Network, build
from verify.data import Images, Loader, Preprocess, evenly
from verify.evaluate.configuration import EvaluatedBits, Quantisation
from verify.evaluate.measured import Evaluated
from verify.evaluate.rounding import calibrated, rounded_weights, run_rounded
from verify.evaluate.score import score
from verify.evaluate.weights import load_weights

BATCH_SIZE = 32
"""The default batch size. Larger batches are no faster on a CPU and take more memory."""


class Evaluator:
    """Measures the accuracy of a network with the file ``weights`` on ``images``, or on ``limit`` of them.

    Raises VerifyError if the weights do not fit.
    """

    def __init__(
        self,
        analysis: Analysis,
        weights: str,
        images: Images,
        preprocess: Preprocess,
        quantisation: Quantisation | None = None,
        *,
        limit: int | None = None,
        batch_size: int = BATCH_SIZE,
        skip_bad: bool = False,
        device: str = "cpu",
    ) -> None:
        self.network: Network = build(analysis.graph, initialise=False)
        load_weights(self.network, weights)
        self.network.to(device)
        self.images = images
        self.preprocess = preprocess
        self.quantisation = quantisation or Quantisation()
        self.indices = evenly(len(images), limit)
        self.batch_size = batch_size
        self.skip_bad = skip_bad
        self.device = device

    def measure(self, configuration: EvaluatedBits, done: Callable[[int], None] = lambda images: None) -> Evaluated:
        """Classify all images under ``configuration``. ``done`` is called with the number of images of each batch.

        Raises VerifyError for damaged images (unless they are skipped), activations without a range, and outputs that
        are not finite, and QuantiseError for weights that cannot be quantised.
        """
        start = perf_counter()
        network, analysis = self.network, configuration.analysis
        weights = rounded_weights(network, configuration, self.quantisation)
        chosen = evenly(len(self.indices), self.quantisation.calibration)
        calibration = self.loader([self.indices[position] for position in chosen])
        quantisers = calibrated(network, analysis, weights, self.quantisation, calibration, self.device)
        loader = self.loader(self.indices)
        found = score(lambda inputs: run_rounded(network, weights, quantisers, inputs), loader, done, self.device)
        totals = analysis.totals
        return Evaluated(
            configuration.bits,
            configuration.widths,
            found,
            dict(totals.bitops),
            totals.weight_bytes,
            tuple(loader.skipped),
            perf_counter() - start,
        )

    def loader(self, indices: Sequence[int]) -> Loader:
        """Return the images at ``indices`` in batches."""

        def transform(image: Any, _index: int) -> Any:
            return self.preprocess(image)

        return Loader(self.images, indices, transform, self.batch_size, self.skip_bad)
