"""What to install where an extra of the package is missing."""


def install_hint(name: str) -> str:
    """How to install the extra ``name`` as pip is given it, from an index and from a clone."""
    return f"pip install 'macbits[{name}]', or in a clone: pip install -e '.[{name}]'"
