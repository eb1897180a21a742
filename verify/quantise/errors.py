"""The one error of this package."""


class QuantiseError(ValueError):
    """A tensor, scheme or pair (scale, zero point) that cannot be quantised: the fact and, where known, the way out."""

    def __init__(self, fact: str, hint: str = "") -> None:
        super().__init__(f"{fact} ({hint})" if hint else fact)
        self.fact = fact
        self.hint = hint
