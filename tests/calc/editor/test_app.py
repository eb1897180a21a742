"""The server: whom it lets in, what it tells them, and that nothing posted to it does more than cost a worker."""

import asyncio
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from calc.editor.specs import MOST_BYTES, StartingText

pytest.importorskip("starlette", reason="needs the extra page")
from tests.calc.editor.asking import CHOSEN, PORT, SMALL, TOKEN, Asking, session
from tests.test_bad_specs import FILES

HOME = f"/{TOKEN}"
GOOD = {"text": SMALL, **CHOSEN}
LANGUAGE = """\
name: n
extends: family:gpt2
params: {depth: 1, dim: 8, heads: 2, vocabulary: 10, positions: 256}
"""
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}${7*7}</script>\u202e'


def test_the_page_and_what_it_asks(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        page = await asking.get(f"{HOME}/")
        assert page.status == 200
        loaded = [part.partition('"')[0] for part in page.body.decode().split('"static/')[1:]]
        assert len(loaded) >= 3
        for name in [*loaded, "main.js", "tape.js"]:
            file = await asking.get(f"{HOME}/static/{name}")
            assert file.status == 200
            assert file.headers["content-type"].startswith(("text/javascript", "text/css"))
        found = await asking.counts(SMALL)
        assert found["name"] == "n"
        assert found["page"]["networks"][0]["names"] == ["0"]
        whole = (await asking.post(f"{HOME}/page", {"text": SMALL})).json
        assert [control["name"] for control in whole["page"]["controls"]][-1] == "batch"
        offered = (await asking.post(f"{HOME}/page", {"text": SMALL, "vary": ["batch=1,5"]})).json["page"]["controls"]
        assert [choice["label"] for choice in offered[-1]["choices"]] == ["1", "5"]
        refused = (await asking.post(f"{HOME}/page", {"text": SMALL, "vary": ["width=1"]})).json["problems"]
        assert refused[0]["said"].startswith("--vary width=1: n has no such param")
        wrong = await asking.counts(SMALL.replace("kernel_size: 3", "kernel_size: 30"))
        assert (wrong["problems"][0]["line"], wrong["problems"][0]["column"]) == (4, 5)
        assert (await asking.get(f"{HOME}/packaged/resnet18")).body.startswith(b"name: ResNet-18")

    session(tmp_path, talk)


def test_what_is_chosen_is_counted(tmp_path: Path) -> None:
    text = "name: n\ninput: [3, 8, 8]\nparams: {out: 2}\nlayers:\n  - conv2d: {out_channels: out, kernel_size: 3}\n"

    async def talk(asking: Asking) -> None:
        chosen = {"controls": {"out": "5", "batch": "3", "input": "3x9x9", "gone": "1"}, "layers": {"0": [2, 3]}}
        csv = await asking.post(f"{HOME}/download", {**GOOD, "text": text, **chosen, "format": "csv"})
        row = dict(zip(*[line.split(",") for line in csv.json["text"].splitlines()[:2]], strict=True))
        assert row["macs"] == str(3 * 7 * 7 * 5 * 3 * 3 * 3)
        assert (row["weight_bits"], row["activation_bits"]) == ("2", "3")
        policy = await asking.post(f"{HOME}/download", {**GOOD, "text": text, **chosen, "format": "policy"})
        assert '- {name: "0", bits: w2a3}' in policy.json["text"]
        other = await asking.counts(SMALL.replace("8, 8", "4, 4"), controls={"input": "3x2x2"})  # no room for a kernel
        assert other["page"]["programs"] == (await asking.counts(SMALL.replace("8, 8", "4, 4")))["page"]["programs"]
        assert len(other["dropped"]) == 1
        html = await asking.post(f"{HOME}/download", {**GOOD, "format": "html"})
        assert "default-src 'none'" in html.json["text"]
        report = await asking.post(f"{HOME}/download", {**GOOD, "format": "json"})
        assert '"model": "n"' in report.json["text"]

    session(tmp_path, talk)


DROPPED: dict[str, dict[str, Any]] = {
    "gone=1: n has no such param": {"controls": {"gone": "1"}},
    "__proto__=1: n has no such param": {"controls": {"__proto__": "1"}},
    "context=2: n has no such param": {"controls": {"context": "2"}},
    "out=1,2: 2 values, where one is chosen": {"controls": {"out": "1,2"}},
    "out=[: ": {"controls": {"out": "["}},
    "out=: ": {"controls": {"out": ""}},
    "batch=x: unknown name x": {"controls": {"batch": "x"}},
    "batch=0: must be a whole number from 1 on": {"controls": {"batch": "0"}},
    "batch=1.5: must be a whole number from 1 on": {"controls": {"batch": "1.5"}},
    "input=3xx: ": {"controls": {"input": "3xx"}},
    "0 (conv2d): ": {"controls": {"input": "3x2x2"}},
    "bits: unknown precision 'nothing'": {"bits": "nothing"},
    "bits: 'net.yaml' is not the name of a policy": {"bits": "net.yaml"},
    "keys and values: ": {"kv": "nothing"},
    "beside MACs: unknown convention 'nothing'": {"counter": "nothing"},
    "bits of none: no layer with MACs is called so": {"layers": {"none": [2, 2]}},
    "bits of a, b, c, … (5 layers): no layer with MACs is called so": {"layers": {name: [2, 2] for name in "abcde"}},
}


def test_what_is_chosen_and_cannot_be_is_named_and_the_rest_is_counted(tmp_path: Path) -> None:
    text = "name: n\ninput: [3, 8, 8]\nparams: {out: 2}\nlayers:\n  - conv2d: {out_channels: out, kernel_size: 3}\n"

    async def talk(asking: Asking) -> None:
        expected = (await asking.counts(text))["page"]["programs"]
        for said, chosen in DROPPED.items():
            found = await asking.counts(text, **chosen)
            assert [each for each in found.get("dropped", []) if said in each], (said, found)
            assert len(found["dropped"]) == 1, said
            assert found["page"]["programs"] == expected, said
            asked = {**GOOD, "text": text, **chosen, "format": "csv"}
            assert (await asking.post(f"{HOME}/download", asked)).json["dropped"] == found["dropped"]
        decode = {"phase": "decode", "context": "16"}
        called = await asking.counts(LANGUAGE, controls=decode)
        assert called["dropped"] == []
        for bad in ({"context": "x"}, {"context": "1.5"}, {"phase": "think"}, {"phase": "decode", "context": "1"}):
            assert len((await asking.counts(LANGUAGE, controls=bad))["dropped"]) == 1, bad

    session(tmp_path, talk)


def test_a_page_opens_with_the_first_totals_that_are_shown_of_its_text(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        for text in (SMALL, LANGUAGE):
            first = (await asking.counts(text, bits=""))["page"]["policies"]
            page = (await asking.post(f"{HOME}/page", {"text": text})).json["page"]
            assert first == page["policies"][:1]

    session(tmp_path, talk)


def test_nobody_waits_behind_programs_that_nobody_waits_for(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        worker = asking.editor._workers["page"]
        await asking.post(f"{HOME}/page", {"text": SMALL})
        assert worker._process is not None
        os.kill(worker._process.pid, signal.SIGSTOP)  # what takes long
        gone = [asyncio.Event() for _ in range(3)]
        pages = [asyncio.ensure_future(asking.post(f"{HOME}/page", {"text": SMALL}, each)) for each in gone]
        for form in ("csv", "html"):
            assert (await asking.post(f"{HOME}/download", {**GOOD, "format": form})).json["text"]
        assert not any(each.done() for each in pages)
        for each in gone:
            each.set()
        assert [answer.status for answer in await asyncio.gather(*pages)] == [408] * 3
        assert (await asking.post(f"{HOME}/page", {"text": SMALL})).json["name"] == "n"

    session(tmp_path, talk)


def test_who_waits_when_the_server_ends_is_told_so(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        worker = asking.editor._workers["counts"]
        await asking.counts(SMALL)
        assert worker._process is not None
        os.kill(worker._process.pid, signal.SIGSTOP)  # what takes long
        waiting = asyncio.ensure_future(asking.post(f"{HOME}/counts", GOOD))
        while not worker._waiting:
            await asyncio.sleep(0)
        waiting.cancel()
        answer = await waiting
        assert (answer.status, answer.body) == (503, b"calc serve ends")

    session(tmp_path, talk)


def test_the_file_opens_with_what_was_chosen(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        asked = {**GOOD, "format": "html", "opens": "batch=4&bits=w4a8&find=</script>"}
        text = (await asking.post(f"{HOME}/download", asked)).json["text"]
        assert '"opens":"batch=4\\u0026bits=w4a8\\u0026find=\\u003c/script\\u003e"' in text
        for bad in (1, None, "x" * 2**20 + "x"):
            assert (await asking.post(f"{HOME}/download", {**asked, "opens": bad})).status == 400

    session(tmp_path, talk)


def test_a_config_is_imported_and_an_unreadable_file_says_why(tmp_path: Path) -> None:
    config = b'{"model_type": "gpt2", "n_layer": 2, "n_embd": 8, "n_head": 2, "vocab_size": 10}'

    async def talk(asking: Asking) -> None:
        found = (await asking.post(f"{HOME}/import/my%20config.json".replace("%20", " "), config)).json
        assert "extends: family:gpt2" in found["text"]
        assert str(asking.editor._uploads.name) not in str(found)
        for name, body in (("net.onnx", b"\0" * 100), ("net.onnx", b""), ("c.json", b"{}"), ("c.json", b"[" * 10**5)):
            refused = (await asking.post(f"{HOME}/import/{name}", body)).json
            assert refused["problems"], name
            assert str(asking.editor._uploads.name) not in str(refused)
        folders = (await asking.post(f"{HOME}/import/../../x.json", config)).json
        assert "extends: family:gpt2" in folders["text"]
        no_file = await asking.post(f"{HOME}/import/../../x.py", config)
        assert (no_file.status, no_file.body) == (400, b"a file to import ends in .onnx or .json")
        assert os.listdir(asking.editor._uploads.name) == []

    session(tmp_path, talk)


OUTSIDERS: dict[str, tuple[dict[str, str], int]] = {
    "another host, as a rebound name is": ({"host": f"evil.example:{PORT}"}, 421),
    "another port": ({"host": "127.0.0.1:80"}, 421),
    "no host": ({"host": ""}, 421),
    "another page": ({"origin": "http://evil.example"}, 403),
    "another port's page": ({"origin": "http://127.0.0.1:9"}, 403),
    "a page without an address": ({"origin": "null"}, 403),
    "nobody says who": ({"origin": ""}, 403),
    "a page of another site": ({"sec_fetch_site": "cross-site"}, 403),
    "a page of another port": ({"sec_fetch_site": "same-site"}, 403),
}


def test_outsiders_are_let_nowhere(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        for who, (headers, status) in OUTSIDERS.items():
            answer = await asking.post(f"{HOME}/counts", GOOD, **headers)
            assert (answer.status, answer.body[:1] != b"{") == (status, True), who
        for headers in ({"host": "evil.example"}, {"origin": "http://evil.example"}, {"sec_fetch_site": "cross-site"}):
            assert (await asking.get(f"{HOME}/", **headers)).status in (403, 421)
        link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
        assert (await asking.get(f"{HOME}/", **link)).status == 200
        assert (await asking.get(f"{HOME}/", **{**link, "sec_fetch_dest": "iframe"})).status == 403
        assert (await asking.get("/", **link)).status == 403
        assert (await asking.post(f"{HOME}/counts", GOOD, **link)).status == 403
        typed = {"sec_fetch_site": "none", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
        assert (await asking.get(f"{HOME}/", **typed)).status == 200
        for path in (
            "/",
            "/counts",
            f"/{TOKEN[:-1]}/",
            f"/{TOKEN}x/",
            f"/{TOKEN.upper()}/",
            "//",
            f"/x{HOME}/",
            "/\u00e9/",
        ):
            answer = await asking.get(path)
            assert answer.status == 403, path
            assert b"token" in answer.body
        for host in (f"127.0.0.1:{PORT}", f"localhost:{PORT}"):
            assert (await asking.post(f"{HOME}/counts", GOOD, host=host, origin=f"http://{host}")).status == 200

    session(tmp_path, talk)


def test_every_answer_keeps_the_page_to_itself(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        answers = [
            await asking.get(f"{HOME}/"),
            await asking.get("/"),
            await asking.get(f"{HOME}/nowhere"),
            await asking.get(f"{HOME}/counts"),
            await asking.get(f"{HOME}/static/editor.js"),
            await asking.post(f"{HOME}/counts", GOOD),
            await asking.post(f"{HOME}/counts", b"{"),
        ]
        assert [answer.status for answer in answers] == [200, 403, 404, 405, 200, 200, 400]
        for answer in answers:
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert "access-control-allow-origin" not in answer.headers
        policy = answers[0].headers["content-security-policy"]
        assert policy != (await asking.get(f"{HOME}/")).headers["content-security-policy"]  # a nonce is used once

    session(tmp_path, talk)


def test_names_do_not_leave_the_data_of_the_page(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        html = (await asking.get(f"{HOME}/")).body.decode()
        assert "<img" not in html
        assert html.count("</script>") == 3

    session(tmp_path, talk, [StartingText(HOSTILE, HOSTILE)])


STATIC = ("../app.py", "..%2fapp.py", "/etc/passwd", "editor.html", "page.html", "", ".", "main.js/..", "main.js\0")


def test_no_other_file_is_handed_out(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        for path in [f"{folder}/{name}" for folder in ("static", "packaged") for name in STATIC]:
            assert (await asking.get(f"{HOME}/{path}")).status == 404, path

    session(tmp_path, talk)


BODIES: dict[str, Any] = {
    "no JSON": b"text: yaml",
    "nothing": b"",
    "deep": b"[" * 100_000,
    "a list": [1],
    "no text": {**CHOSEN},
    "text that is a number": {**GOOD, "text": 1},
    "too long": {**GOOD, "text": "x" * (MOST_BYTES + 1)},
    "far too long": b" " * (4 * MOST_BYTES),
    "controls that are none": {**GOOD, "controls": [1]},
    "a control of another type": {**GOOD, "controls": {"a": 1}},
    "many controls": {**GOOD, "controls": {str(number): "1" for number in range(1000)}},
    "three widths": {**GOOD, "layers": {"0": [1, 2, 3]}},
    "a width of 0": {**GOOD, "layers": {"0": [0, 8]}},
    "a width that is true": {**GOOD, "layers": {"0": [True, 8]}},
    "a width without end": {**GOOD, "layers": {"0": [1e999, 8]}},
    "bits that are a list": {**GOOD, "bits": ["8"]},
    "deployed perhaps": {**GOOD, "deployed": "yes"},
}


def test_what_no_page_asks_is_refused(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        for what, body in BODIES.items():
            assert (await asking.post(f"{HOME}/counts", body)).status == 400, what
        assert (await asking.post(f"{HOME}/download", {**GOOD, "format": "exe"})).status == 400
        for vary in ("width=1", [1], ["x"] * 100, {}):
            assert (await asking.post(f"{HOME}/page", {"text": SMALL, "vary": vary})).status == 400, vary
        for name in ("net.py", "net.pt2", "config", "net.onnx.py", ".onnx.", "x.yaml"):
            assert (await asking.post(f"{HOME}/import/{name}", b"x")).status == 400, name
        assert (await asking.counts(SMALL))["name"] == "n"

    session(tmp_path, talk)


HEAVY = {
    "a repeat of 10 to the 17": f"{SMALL}  - {{relu: , repeat: {10**17}}}\n",
    "a power of powers": f"{SMALL}  - linear: {{out_features: 9 ** 9 ** 9 ** 9}}\n",
    "aliases that multiply": "name: &a [x, x, x, x, x, x, x, x]\n"
    + "".join([f"k{at}: &k{at} [{', '.join([f'*k{at - 1}' if at else '*a'] * 8)}]\n" for at in range(12)]),
    "deep": "[" * (MOST_BYTES // 2),
    "deep mappings": "".join([f"{' ' * at}a:\n" for at in range(1000)]),
    "one long line": f"{SMALL}# {'x' * (MOST_BYTES - 200)}",
    "wide": SMALL.replace("out_channels: 2", f"out_channels: {10**12}"),
    "a large input": SMALL.replace("8, 8", f"{10**9}, {10**9}"),
    "a lone surrogate": SMALL.replace("name: n", "name: \ud800"),
    "a name of 10^5 characters": SMALL.replace("name: n", f"name: {'n' * 10**5}"),
    "code of others": "name: n\nextends: torchvision/resnet18\n",
    "a callable": "name: n\nextends: os:getcwd\n",
    "a tag": "name: !!python/object/apply:os.system [id]\n",
    "itself": "name: n\nextends: <editor>\n",
    "a device": "name: n\nextends: /dev/zero\n",
}


MANY = {
    "many layers": SMALL + "  - relu: {}\n" * 60_000,
    "many parts": f"name: n\ninput: [{'4, ' * 300_000}]\nlayers: []\n",
}


@pytest.mark.parametrize("texts", [HEAVY, pytest.param(MANY, marks=pytest.mark.zoo)], ids=["heavy", "many"])
def test_heavy_texts_cost_no_more_than_a_worker(texts: dict[str, str], tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        for what, text in texts.items():
            found = await asking.counts(text)
            assert {"page", "problems", "failed"} & found.keys(), what
            assert "fault" not in str(found.get("failed")), (what, found)
        assert (await asking.counts(SMALL))["name"] == "n"

    session(tmp_path, talk)


def damaged(random: random.Random, text: str) -> str:
    """``text`` cut, doubled, mixed or mistyped."""
    at, other = sorted([random.randrange(len(text) + 1), random.randrange(len(text) + 1)])
    piece = random.choice(
        ["", text[at:other] * 2, HOSTILE, "\0", "\t", "- ", ": ", "[", "&a ", "*a", "9" * 30, "-1", "~"]
    )
    return text[:at] + piece + text[random.choice([at, other]) :]


@pytest.mark.parametrize("times", [40, pytest.param(1000, marks=pytest.mark.zoo)])
def test_hostile_texts(times: int, tmp_path: Path) -> None:
    texts = [path.read_text("utf-8", errors="replace") for path in FILES]
    drawn = random.Random(times)

    async def talk(asking: Asking) -> None:
        for _ in range(times):
            text = damaged(drawn, drawn.choice(texts))
            found = await asking.counts(text[:MOST_BYTES])
            assert {"page", "problems", "failed"} & found.keys(), text
            assert "fault" not in str(found.get("failed")), (found, text)
        assert (await asking.counts(SMALL))["name"] == "n"

    session(tmp_path, talk)


def test_fifty_at_once(tmp_path: Path) -> None:
    async def talk(asking: Asking) -> None:
        texts = [SMALL.replace("name: n", f"name: n{number}") for number in range(50)]
        found = await asyncio.gather(*[asking.counts(text) for text in texts])
        assert [each["name"] for each in found] == [f"n{number}" for number in range(50)]
        many = await asyncio.gather(*[asking.post(f"{HOME}/counts", GOOD) for _ in range(200)])
        assert {answer.status for answer in many} == {200, 503}
        assert (await asking.counts(SMALL))["name"] == "n"

    session(tmp_path, talk)
