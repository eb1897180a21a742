"""One picture from its bytes. What a few bytes can expand to is refused before it is expanded."""

import io
from typing import IO

from PIL import Image, UnidentifiedImageError

MAX_BYTES = 2**26
"""Of a picture's file: 64 MiB."""
MAX_PIXELS = 2**26
"""Of a picture, and of what it is resized to: 67 million, in 256 MiB of memory."""
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Of all that the library reads: no EPS, which runs another program, and nothing that only looks like a picture."""


def decode(data: bytes) -> Image.Image:
    """The picture in ``data`` as RGB. Raises OSError or ValueError where it is damaged, no picture, or too large."""
    with _opened(io.BytesIO(data)) as image:
        return image.convert("RGB")


def require_size(file: IO[bytes]) -> None:
    """Read the head of the picture in ``file`` alone. Raises as ``decode``."""
    _opened(file).close()


def _opened(file: IO[bytes]) -> Image.Image:
    try:
        image = Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError:
        raise OSError(f"it is no picture that can be read ({', '.join(_FORMATS)})") from None
    except Image.DecompressionBombError as error:  # the library's own limit, which is higher
        raise ValueError(str(error)) from None
    require_pixels(image.width, image.height)
    return image


def require_pixels(width: int, height: int) -> None:
    """Raise ValueError for more than MAX_PIXELS."""
    if width * height > MAX_PIXELS:
        raise ValueError(f"{width}×{height} are {width * height:,} pixels, at most {MAX_PIXELS:,} are decoded")
