"""The training loop: an epoch of steps with rounded weights, then validation with rounded weights."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import torch
from PIL import Image, ImageOps
from torch.nn import functional

from calc.analysis import Analysis
from verify.build import Network, build
from verify.data import Images, Loader, Preprocess
from verify.data.images import Sample
from verify.errors import VerifyError
from verify.evaluate import layers_digest, load_weights
from verify.evaluate.score import score
from verify.quantise import QuantiseError
from verify.train.checkpoint import Checkpoints
from verify.train.options import Epoch, TrainingOptions
from verify.train.weights import WeightQuantiser

MOMENTUM = 0.9
SHIFT = 4
"""The most pixels by which augmentation shifts an image in each direction."""


@dataclass(frozen=True)
class Samples:
    """The images at ``indices`` of a data set."""

    images: Images
    indices: list[int]


class Trainer:
    """One training run.

    All random numbers follow from the seed and the epoch, so a resumed run equals one without a break. ``weights`` is a
    file to start from; without it, torch's initial values are used. Raises VerifyError if it does not fit.
    """

    def __init__(
        self,
        analysis: Analysis,
        train: Samples,
        validation: Samples,
        preprocess: Preprocess,
        options: TrainingOptions,
        checkpoints: Checkpoints,
        *,
        weights: str | None = None,
        skip_bad: bool = False,
        device: str = "cpu",
    ) -> None:
        if options.augment and not train.images.are_pictures:
            raise VerifyError("--augment flips and shifts pictures, but these inputs are other arrays", "leave it out")
        torch.manual_seed(options.seed)
        self.analysis, self.train_samples, self.validation, self.preprocess = analysis, train, validation, preprocess
        self.options, self.checkpoints, self.skip_bad, self.device = options, checkpoints, skip_bad, device
        self.network: Network = build(analysis.graph)
        if weights is not None:
            load_weights(self.network, weights)
        # this layout takes a quarter to a third less CPU time than the default
        self.network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        self.quantiser = WeightQuantiser(analysis, self.network, options.learned_steps, options.per_channel).to(device)
        self.optimiser = self._optimiser()
        self.steps_per_epoch = math.ceil(len(train.indices) / options.batch_size)
        self.history: list[Epoch] = []
        self.skipped: set[str] = set()
        self.facts: dict[str, Any] = {
            "model": analysis.graph.model,
            "layers": layers_digest(analysis.graph),
            "preprocess": tuple(preprocess),
            "bits": [[given.bits.weight, given.bits.activation] for given in analysis.assigned if given],
            "train images": (train.images.identity, len(train.indices)),
            "validation images": (validation.images.identity, len(validation.indices)),
            "started from": weights,
            "device": device,
            "threads": torch.get_num_threads(),
        }

    def resume(self) -> None:
        """Continue from the last checkpoint, if there is one. Raises VerifyError if it is from another run."""
        if not self.checkpoints.last.exists():
            return
        state = self.checkpoints.load(self.checkpoints.last, self.facts, self.options)
        try:
            self.network.load_state_dict(state["network"])
            self.quantiser.load_state_dict(state["steps"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.history = [Epoch(*row) for row in state["history"]]
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:200]
            fact = f"{self.checkpoints.last}: saved by another version: {reason}"
            raise VerifyError(fact, "start again with another --run") from None

    def run(self, done: Callable[[int, int], None] = lambda epoch, images: None) -> Iterator[Epoch]:
        """Train the remaining epochs, and yield each after it is saved.

        ``done`` is called with the images of each step. Raises VerifyError for a loss that is not finite, a damaged
        image (unless skipped), and a batch of one image if a batch norm needs more; and QuantiseError if weights or
        step sizes can no longer be rounded.
        """
        for number in range(len(self.history) + 1, self.options.epochs + 1):
            start = perf_counter()
            torch.manual_seed(self.options.seed + 1_000_003 * number)  # for dropout
            rate = self._rate((number - 1) * self.steps_per_epoch)
            loss, accuracy = self._train(number, done)
            validation_loss, validation_accuracy = self.validate()
            seconds = round(perf_counter() - start, 1)
            self.history.append(Epoch(number, loss, accuracy, validation_loss, validation_accuracy, rate, seconds))
            self.checkpoints.save(self.state(), self.history)
            yield self.history[-1]

    def state(self) -> dict[str, Any]:
        """Return the content of a checkpoint. ``network`` is the state dict of full-precision weights."""
        return {
            "network": self.network.state_dict(),
            "steps": self.quantiser.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "history": [tuple(row) for row in self.history],
            "facts": self.facts,
            "options": asdict(self.options),
        }

    def validate(self) -> tuple[float, float]:
        """Return the loss and accuracy (per cent) on the validation images, in eval mode with rounded weights."""
        self.network.eval()
        loader = Loader(
            self.validation.images,
            self.validation.indices,
            lambda image, _index: self.preprocess(image),
            2 * self.options.batch_size,
            self.skip_bad,
        )
        found = score(lambda inputs: self.quantiser.run(self.network, inputs), loader, device=self.device)
        self.skipped |= set(loader.skipped)
        return found.loss, found.top1

    def _train(self, epoch: int, done: Callable[[int, int], None]) -> tuple[float, float]:
        self.network.train()
        generator = torch.Generator().manual_seed(self.options.seed + epoch)
        order = torch.randperm(len(self.train_samples.indices), generator=generator).tolist()
        shuffled = [self.train_samples.indices[position] for position in order]

        def transform(image: Sample, index: int) -> torch.Tensor:
            return self.preprocess(self._augmented(image, epoch, index) if self.options.augment else image)

        loader = Loader(self.train_samples.images, shuffled, transform, self.options.batch_size, self.skip_bad)
        total, right, seen = 0.0, 0, 0
        for step, batch in enumerate(loader, (epoch - 1) * self.steps_per_epoch):
            for group in self.optimiser.param_groups:
                group["lr"] = self._rate(step) * group["relative_rate"]
            inputs = _placed(batch.inputs, self.device)
            labels = batch.labels.to(self.device)
            try:
                logits = self.quantiser.run(self.network, inputs)
            except ValueError as error:
                if len(labels) > 1 or isinstance(error, QuantiseError):
                    raise
                fact = f"a batch of 1 image in epoch {epoch}: {error}"
                raise VerifyError(fact, "use another --batch-size or --limit") from None
            loss = functional.cross_entropy(logits, labels)
            if not torch.isfinite(loss):
                where = f"in epoch {epoch}, step {step + 1}; {epoch - 1} epochs are saved"
                raise VerifyError(f"the loss is {float(loss.detach())} {where}", "use a smaller --learning-rate")
            self.optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch's
            self.optimiser.step()
            total += float(loss.detach()) * len(labels)
            right += int((logits.detach().argmax(dim=1) == labels).sum())
            seen += len(labels)
            done(epoch, len(labels))
        self.skipped |= set(loader.skipped)
        if not seen:
            raise VerifyError("no training image could be decoded")
        return total / seen, 100 * right / seen

    def _augmented(self, image: Image.Image, epoch: int, index: int) -> Image.Image:
        """Return ``image``, flipped at random and shifted by up to SHIFT pixels.

        The result is the same for a seed, an epoch and an image.
        """
        seed = (self.options.seed * 1_000_003 + epoch) * 10_000_019 + index
        flip, right, down = torch.rand(3, generator=torch.Generator().manual_seed(seed)).tolist()
        padded = ImageOps.expand(ImageOps.mirror(image) if flip < 0.5 else image, SHIFT)
        left, top = int(right * (2 * SHIFT + 1)), int(down * (2 * SHIFT + 1))
        return padded.crop((left, top, left + image.width, top + image.height))

    def _rate(self, step: int) -> float:
        total = self.steps_per_epoch * self.options.epochs
        return self.options.learning_rate * 0.5 * (1 + math.cos(math.pi * step / total))

    def _optimiser(self) -> torch.optim.Optimizer:
        options = self.options
        weights = list(self.network.parameters())
        groups = [{"params": weights, "weight_decay": options.weight_decay, "relative_rate": 1.0}]
        for step in self.quantiser.parameters():
            # Adam changes a parameter by about its rate, at 8 bits a tenth of the step size, which would cross zero
            relative = float(step.detach().min()) if options.optimiser == "adam" else 1.0
            groups.append({"params": [step], "weight_decay": 0.0, "relative_rate": relative})
        if options.optimiser == "adam":
            return torch.optim.Adam(groups, lr=options.learning_rate)
        return torch.optim.SGD(groups, lr=options.learning_rate, momentum=MOMENTUM)


def _placed(inputs: torch.Tensor, device: str) -> torch.Tensor:
    """Return ``inputs`` on the device, with pictures in the memory layout of the network."""
    layout = torch.channels_last if inputs.ndim == 4 else torch.contiguous_format
    return inputs.to(device, memory_format=layout)
