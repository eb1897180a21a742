"""The hint to install a missing extra of the package."""


def install_hint(name: str) -> str:
    """Return the pip commands that install the extra ``name`` from an index and from a clone."""
    return f"pip install 'macbits[{name}]', or in a clone: pip install -e '.[{name}]'"
