"""Formulas as they are read and as they are run, against the tape that they are of."""

import json
import math
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings

from calc.errors import OpError
from calc.recorded import minimum
from calc.spec import load
from calc.tape import Tape, Variable, trace
from calc.tape.formulas import broken, conditions_stated, javascript_source, latex_source, python_source, text_lines
from calc.tape.written import run_as_written
from tests.calc.tape.test_numbers import AT, Code, points, program, recorded, steps

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")


def run_python(tape: Tape, at: dict[str, Any]) -> Any:
    written: dict[str, Any] = {}
    exec(python_source(tape), written)
    return written["f"](**at)


@settings(max_examples=80, deadline=None)
@given(steps, points)
def test_pythons_form_is_the_tape(chosen: list[tuple[Code, int, int]], at: dict[str, Any]) -> None:
    tape = recorded(program(chosen), at)
    found = tape.at(at)
    assert found is not None
    assert run_python(tape, at) == found["found"]
    assert text_lines(tape)
    assert latex_source(tape).startswith(r"\begin{aligned}")


CODES: tuple[Code, ...] = (
    lambda x, y, z, w: (x - 7) // 4 * y - minimum(x, y) ** 2,
    lambda x, y, z, w: round(w * 2.5) + round(w * 1.5) + math.trunc(w * -3),
    lambda x, y, z, w: x % (y * y + 1) - (x * y + 2 * (x < y)),
    lambda x, y, z, w: x // 3 * 10**17 + 1,
)


@needs_node
def test_javascripts_form_is_the_tape() -> None:
    program, wanted = [], []
    for code in CODES:
        tape = recorded(code, AT)
        for x in range(-6, 13):
            at = AT | {"x": x, "w": 0.25 + x % 4}
            found = tape.at(at)
            if found is not None:
                call = f"f({', '.join(map(str, at.values()))}).toString()"
                program.append(f"(() => {{ {javascript_source(tape)} return {call}; }})()")
                wanted.append(str(found["found"]))
    assert len(wanted) == 4 * 19
    ran = subprocess.run(
        ["node", "-e", f"console.log(JSON.stringify([{', '.join(program)}]))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout) == wanted


@needs_node
@settings(max_examples=30, deadline=None)
@given(steps, points)
def test_javascripts_form_of_drawn_code_is_the_tape(chosen: list[tuple[Code, int, int]], at: dict[str, Any]) -> None:
    tape = recorded(program(chosen), at)
    if any(step.kind == "power" for step in tape.steps):
        with pytest.raises(OpError, match="--format javascript: the formula has a power of a number with a fraction"):
            javascript_source(tape)
    else:
        assert run_as_written(tape, "javascript", [at]) == [tape.at(at)]


def mobilenetv2(wanted: tuple[str, ...] = ("macs",), **variables: tuple[Any, Any]) -> Tape:
    usual = {"resolution": 224, "width": 1.0}
    given_ = [Variable(name, bounds) for name, bounds in variables.items()]
    return trace(load("mobilenetv2"), given_, {name: usual[name] for name in variables}, wanted)


def test_a_formula_as_text() -> None:
    (line,) = text_lines(mobilenetv2(resolution=(1, 4096)))
    assert line == (
        "macs = 3200·⌊(resolution + 1) / 2⌋² + 14832·⌊(resolution + 3) / 4⌋² + 40080·⌊(resolution + 7) / 8⌋² "
        "+ 523584·⌊(resolution + 15) / 16⌋² + 1608064·⌊(resolution + 31) / 32⌋² + 1280000"
    )
    assert broken(line)[1] == "    + 523584·⌊(resolution + 15) / 16⌋² + 1608064·⌊(resolution + 31) / 32⌋² + 1280000"


def test_what_is_read_more_than_once_has_a_name() -> None:
    tape = mobilenetv2(("params",), width=(0.1, 2.0))
    formula, *parts = text_lines(tape)
    assert formula.startswith("params = 1920·c² + 64·c·g")
    assert parts[:3] == ["  a = 32·width", "  b = max(1, ⌊trunc(a + 4) / 8⌋)", "  c = b + [8·b < 0.9·a]"]
    assert conditions_stated(tape)[0] == "g ≠ c"  # or else a residual is where none was


def test_what_all_terms_have_in_common_stands_before_them() -> None:
    bounds = [Variable("tokens", (1, 4096)), Variable("past", (0, 4096)), Variable("batch", (1, 64))]
    tape = trace(load("llama3_8b"), bounds, {"tokens": 128, "past": 0, "batch": 1}, ("macs", "kv_bytes"), ("bf16",))
    assert text_lines(tape) == [
        "macs = 262144·tokens·batch·(tokens + past + 28628)",
        # 32 layers · keys and values · 1024 features · 2 bytes
        f"kv_bytes@bf16 = {32 * 2 * 1024 * 2}·batch·(tokens + past)",
    ]
    found = run_python(tape, {"tokens": 1, "past": 9, "batch": 2})
    assert found["kv_bytes@bf16"] == 32 * 2 * 1024 * 2 * 2 * 10


def test_latex() -> None:
    assert (
        latex_source(mobilenetv2(resolution=(1, 4096)))
        .splitlines()[1]
        .startswith(
            r"\mathit{macs} &= 3200 \, \left\lfloor \frac{\mathit{resolution} + 1}{2} \right\rfloor^{2} + 14832 \, "
        )
    )
