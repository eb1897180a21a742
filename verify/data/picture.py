"""Decodes a picture from bytes. A picture that is too large is refused before it is decoded."""

import io
from typing import IO

from PIL import Image, UnidentifiedImageError

MAX_BYTES = 2**26
"""The largest file of a picture: 64 MiB."""
MAX_PIXELS = 2**26
"""The most pixels of a picture, also after resizing: 67 million, which take 256 MiB of memory."""
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""The formats that are read. The library has more, such as EPS, which runs another program."""


def decode(data: bytes) -> Image.Image:
    """Return the picture in ``data`` as RGB.

    Raises OSError or ValueError if it is damaged, too large, or not a picture.
    """
    with _opened(io.BytesIO(data)) as image:
        return image.convert("RGB")


def require_size(file: IO[bytes]) -> None:
    """Read only the header of the picture in ``file``. Raises like ``decode``."""
    _opened(file).close()


def _opened(file: IO[bytes]) -> Image.Image:
    try:
        image = Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError:
        raise OSError(f"it is not a picture in a format that is read ({', '.join(_FORMATS)})") from None
    except Image.DecompressionBombError as error:  # the library has its own, higher limit
        raise ValueError(str(error)) from None
    require_pixels(image.width, image.height)
    return image


def require_pixels(width: int, height: int) -> None:
    """Raise ValueError if there are more than MAX_PIXELS pixels."""
    if width * height > MAX_PIXELS:
        raise ValueError(f"{width}×{height} are {width * height:,} pixels, but at most {MAX_PIXELS:,} are decoded")
