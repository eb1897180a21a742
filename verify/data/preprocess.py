"""Converts an image to the input tensor of a network, as ``preprocess:`` in the spec says."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image

from calc.errors import OpError, Problem, SpecError
from calc.spec import ModelSpec, source
from calc.spec.header import PREPROCESS_KEYS
from calc.spec.keys import unknown_keys
from calc.spec.scopes import top_scope
from calc.spec.source import Value
from calc.spec.values import Scope, compile_value
from verify.data.images import Sample
from verify.data.picture import require_pixels

if TYPE_CHECKING:
    import torch


class Preprocess(NamedTuple):
    """Resizes the shorter side to ``size`` pixels, unless it is None, crops the centre, and normalises.

    ``crop`` is (height, width) in pixels. ``mean`` and ``std`` are per channel, for values from 0 to 1.
    """

    size: int | None
    crop: tuple[int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, image: Sample) -> "torch.Tensor":
        """Return ``image`` as float32 (channels, height, width); grey if the network has one channel.

        An image smaller than the crop is enlarged to it. An array of 8-bit numbers is normalised but not cropped; any
        other array is used unchanged. Raises ValueError if a narrow picture would have too many pixels after resizing.
        """
        import numpy
        import torch

        if not isinstance(image, Image.Image):
            values = torch.from_numpy(numpy.ascontiguousarray(image).astype(numpy.float32))
            return self._normalised(values.div_(255)) if image.dtype == numpy.uint8 else values
        framed = self.framed(image.convert("L" if len(self.mean) == 1 else "RGB"))
        pixels = torch.from_numpy(numpy.asarray(framed).copy())
        pixels = pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1)
        return self._normalised(pixels.to(torch.float32).div_(255))

    def _normalised(self, values: "torch.Tensor") -> "torch.Tensor":
        import torch

        each_channel = (-1, *[1] * (values.ndim - 1))
        mean, std = (torch.tensor(each).reshape(each_channel) for each in (self.mean, self.std))
        return values.sub_(mean).div_(std).contiguous()

    def framed(self, image: Image.Image) -> Image.Image:
        """Return the image, resized and cropped."""
        height, width = self.crop
        wanted = max(self.size or 0, height, width) if min(image.size) < max(height, width) else self.size
        if wanted is not None and min(image.size) != wanted:
            scale = wanted / min(image.size)
            sides = [wanted if side == min(image.size) else int(side * scale) for side in image.size]
            require_pixels(sides[0], sides[1])
            image = image.resize((sides[0], sides[1]), Image.Resampling.BILINEAR)
        left, top = round((image.width - width) / 2), round((image.height - height) / 2)
        return image.crop((left, top, left + width, top + height))


def preprocess_of(
    model: ModelSpec, sizes: tuple[int, ...], params: Mapping[str, Any] | None = None, written: str | None = None
) -> Preprocess:
    """Return the Preprocess of ``model``: its ``preprocess:``, or instead ``written``, a YAML mapping of the same keys.

    The values may use the params. By default, ``crop`` is the network's input ``sizes`` (channels, height, width),
    nothing is resized, and mean and std are 0.5. An input that is not a picture has no crop. Raises SpecError for bad
    values, and if the crop differs from the input size for which the network is counted.
    """
    if written is None:
        node = next((m.entries["preprocess"] for m in model.lineage if "preprocess" in m.entries), None)
    else:
        node = source.parse(written, "--preprocess")
    channels = sizes[0] if sizes else 1
    given = {} if node is None else _values(node, top_scope(model, params or {}), channels)
    means, deviations = (_per_channel(given.get(key, 0.5), channels) for key in ("mean", "std"))
    if len(sizes) != 3:
        return Preprocess(None, (0, 0), means, deviations)
    crop = given.get("crop", sizes[1:])
    height, width = (crop, crop) if isinstance(crop, int) else crop
    if (height, width) != sizes[1:]:
        assert isinstance(node, source.Mapping)  # only a mapping gives a crop
        fact = f"the crop is {height}×{width}, but the network's input is {sizes[1]}×{sizes[2]}"
        hint = "set the parameter that both use, such as --set resolution=96, or give a crop with --preprocess"
        raise SpecError([Problem(node.entries["crop"].place, fact, hint)])
    for key, sides in (("size", (given.get("size", 1),) * 2), ("crop", (height, width))):
        try:
            require_pixels(*sides)
        except ValueError as error:
            place = node.entries[key].place if isinstance(node, source.Mapping) and key in given else None
            raise SpecError([Problem(place, f"{key}: {error}")]) from None
    return Preprocess(given.get("size"), (height, width), means, deviations)


def _values(node: Value, scope: Scope, channels: int) -> dict[str, Any]:
    if not isinstance(node, source.Mapping):
        raise SpecError([Problem(node.place, "preprocess must be a mapping", "{size: 256, crop: 224, mean: , std: }")])
    found, problems = {}, unknown_keys(node, PREPROCESS_KEYS, "preprocess")
    for key in [key for key in node.entries if key in PREPROCESS_KEYS]:
        value = node.entries[key]
        try:
            found[key] = compile_value(value).located(scope)
        except OpError as error:
            problems.append(Problem(value.place, f"{key}: {error.fact}", error.hint))
            continue
        wants = _wants(key, found[key], channels)
        if wants:
            problems.append(Problem(value.place, f"{key}={found[key]} must be {wants}"))
    if problems:
        raise SpecError(problems)
    return found


def _wants(key: str, value: Any, channels: int) -> str:
    """Return the values that ``key`` accepts, in words, if ``value`` is not one of them; else empty."""
    values = value if isinstance(value, tuple) else (value,)
    if key in ("size", "crop"):
        sides = not isinstance(value, tuple) or (key == "crop" and len(value) == 2)
        good = sides and all(type(each) is int and each > 0 for each in values)
        return "" if good else "a positive number of pixels" + (", or [height, width]" if key == "crop" else "")
    numbers = len(values) in (1, channels) and all(type(each) in (int, float) for each in values)
    if numbers and (key == "mean" or all(each > 0 for each in values)):
        return ""
    of_each = f", or one for each of {channels} channels" if channels > 1 else ""
    return f"a number{of_each}{', above 0' if key == 'std' else ''}"


def _per_channel(value: Any, channels: int) -> tuple[float, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple([float(each) for each in values]) * (channels // len(values))
