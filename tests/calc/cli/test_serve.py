"""``calc serve`` before it serves: what is missing, what cannot be."""

import pytest


def test_what_is_missing_is_said(calc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.cli.serve.find_spec", lambda name: None)
    ran = calc("serve")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "calc serve needs starlette and uvicorn, which are not installed\n"
        "  hint: pip install 'macbits[page]', or in a clone: pip install -e '.[page]'\n"
    )


@pytest.mark.parametrize(
    "words, said",
    [
        (("--port", "0"), "--port '0': must be a positive integer"),
        (("--port", "65536"), "--port 65536: must be at most 65535"),
        (("qqqqqqqq.yaml",), "qqqqqqqq.yaml: cannot be read: No such file or directory"),
        (("../qqqqqqqq.yaml",), "../qqqqqqqq.yaml: is outside"),
        (("-",), "calc serve reads no spec from standard input"),
    ],
)
def test_what_cannot_be_served(calc, words: tuple[str, ...], said: str) -> None:
    pytest.importorskip("starlette", reason="needs the extra page")
    pytest.importorskip("uvicorn", reason="needs the extra page")
    ran = calc("serve", "--no-browser", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(said)
