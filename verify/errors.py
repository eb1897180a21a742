"""What cannot be verified, said in one line."""


class VerifyError(Exception):
    """Bad input to a verification: an unknown reference, weights that do not fit."""

    def __init__(self, fact: str, hint: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint
