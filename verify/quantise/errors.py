"""The error that this package raises."""


class QuantiseError(ValueError):
    """A tensor, a scheme, or a scale and zero point that cannot be used, with a hint if there is one."""

    def __init__(self, fact: str, hint: str = "") -> None:
        super().__init__(f"{fact} ({hint})" if hint else fact)
        self.fact = fact
        self.hint = hint
