"""No part of a secret of four characters or more comes out of any text."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jdzfire.feeds.text import excerpt
from jdzfire.redact import redact, secrets_of_url

SECRETS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\n\r"), min_size=4, max_size=40
).filter(lambda text: "[key]" not in text and len(text.casefold()) == len(text))


def parts_in(text: str, secret: str) -> list[str]:
    """Runs of four characters of the secret that a text still has, our own mark aside."""
    low, mine = text.replace("[key]", "\x00").casefold(), secret.casefold()
    return [mine[k : k + 4] for k in range(len(mine) - 3) if mine[k : k + 4] in low]


@given(SECRETS, st.integers(0, 40), st.integers(1, 60), st.booleans(), st.booleans())
@example("MAPKEYzz9", 0, 9, False, False)
@example("a b&c/d?e", 2, 30, True, True)
def test_no_part_of_four_characters_stays(
    secret: str, first: int, size: int, quoted: bool, upper: bool
) -> None:
    echo = quote(secret, safe="") if quoted else secret
    piece = echo[min(first, len(echo) - 1) :][:size]
    text = f"<1> {piece.upper() if upper and len(piece.upper()) == len(piece) else piece} <2>"
    shown = redact(text, [secret])
    assert parts_in(shown, secret) == []
    if quoted:
        assert parts_in(shown, quote(secret, safe="")) == []


@given(SECRETS, st.integers(0, 200))
def test_a_text_cut_in_the_middle_of_a_secret_shows_none_of_it(secret: str, before: int) -> None:
    assert parts_in(redact(excerpt("." * before + secret), [secret]), secret) == []


def test_texts_without_a_secret_stay_as_they_are() -> None:
    assert redact("status 500: try again", ["MAPKEY99"]) == "status 500: try again"
    assert redact("abc", ["ab"]) == "[key]c"  # a short one as a whole
    assert redact("nothing", [""]) == "nothing"


def test_the_password_of_an_address_is_a_secret() -> None:
    assert sorted(secrets_of_url("ftp://me:p%40ss@host/dir")) == ["p%40ss", "p@ss"]
    assert secrets_of_url("/a/folder") == []


SLOW = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize(
    "status", [pytest.param(200, marks=SLOW), 400, pytest.param(500, marks=SLOW)]
)
@pytest.mark.parametrize(
    "shape", [pytest.param("address", marks=SLOW), pytest.param("page", marks=SLOW), "cut"]
)
def test_a_key_echoed_by_a_service_is_in_no_file_and_no_output(
    status: int, shape: str, tmp_path: Path
) -> None:
    key = "ZebraQuagga-77!vault"
    shapes = {
        "address": "no such address {path}",
        "page": "<html><title>{path} {path}</title></html>",
        "cut": "x" * 105 + "{path}",
    }

    class Echo(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(shapes[shape].format(path=self.path + " " + key).encode())

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    home = tmp_path / "home"
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home.mkdir()
        (home / "jdzfire.toml").write_text(
            f'live_feeds = ["firms"]\nfirms_map_key = "{key}"\n'
            f'firms_url = "http://127.0.0.1:{server.server_address[1]}"\n'
        )
        outputs = [
            subprocess.run(
                [sys.executable, "-m", "jdzfire", "--home", str(home), *words],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            for words in (["fetch"], ["watch", "--once"], ["doctor", "--json"])
        ]
        server.shutdown()
    assert [done.returncode for done in outputs] == [4, 4, 4]
    said = "".join(done.stdout + done.stderr for done in outputs)
    assert parts_in(said, key) == []
    for path in home.rglob("*"):
        if path.is_file() and path.name != "jdzfire.toml":
            content = path.read_bytes()
            assert not any(key[k : k + 6].encode() in content for k in range(len(key) - 5)), path


def test_a_document_keeps_its_numbers_and_shows_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from jdzfire import redact as module
    from jdzfire.cli.output import print_json

    monkeypatch.setattr(module, "_remembered", {"ab2995cd77"})
    given = {"lon": 117.29951234, "told": 'key "ab2995cd77" and \\ 2995', "list": [2995, "x2995y"]}
    print_json(given)
    told = json.loads(capsys.readouterr().out)
    assert told["lon"] == given["lon"]
    assert told["list"] == [2995, "x[key]y"]
    assert "2995" not in told["told"]
    assert told["told"].startswith('key "[key]')
