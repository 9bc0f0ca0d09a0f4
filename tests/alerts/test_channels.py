"""Each channel against a local receiver: what it is sent, and when that counts as taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from jdzfire.alerts import channels
from jdzfire.alerts.channels import Message, NotTaken, cut_text, per_minute, send_message
from jdzfire.cases.alert_rules import AlertChannel, recipient_of
from tests.alerts.receiver import Receiver, receiver

AT = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)
OWN = ("127.0.0.1",)
KEY = "SEC123"


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as held:
        yield held


def message(**more: Any) -> Message:
    given = {
        "message_id": "m1",
        "title": "【新火情】瑶里镇",
        "text": "判定：待核查",
        "is_loud": True,
    }
    return Message(
        **(given | {"at": AT, "alert_ids": ("a1",), "link": "https://desk/alerts/t"} | more)
    )


def channel(there: Receiver, kind: str, **more: Any) -> AlertChannel:
    return AlertChannel(name="duty", kind=kind, url=there.url, **more)


def test_wecom_rings_for_what_is_new_and_keeps_its_limit(there: Receiver) -> None:
    robot = channel(there, "wecom")
    send_message(robot, message(text="山" * 2000), own_hosts=OWN)
    send_message(robot, message(is_loud=False), own_hosts=OWN)
    first, second = (body["text"] for body in there.bodies)
    assert first["mentioned_list"] == ["@all"]
    assert second["mentioned_list"] == []
    assert 2000 < len(first["content"].encode()) <= 2048
    assert first["content"].endswith("…\nhttps://desk/alerts/t")  # the link stays whole
    assert per_minute(robot) == 20


def test_a_link_that_leaves_no_room_for_the_text_is_left_out(there: Receiver) -> None:
    short = channel(there, "wecom", max_bytes=80)
    send_message(
        short, message(text="山" * 90, link="https://desk.example.cn/" + "a" * 60), own_hosts=OWN
    )
    content = there.bodies[0]["text"]["content"]
    assert content.startswith("【新火情】瑶里镇\n山")
    assert "https" not in content
    assert len(content.encode()) <= 80


def test_dingtalk_signs_with_the_time(there: Receiver) -> None:
    send_message(channel(there, "dingtalk", secret=KEY), message(), own_hosts=OWN)
    path, _, raw = there.came[0]
    query = parse_qs(urlsplit(path).query)
    text = f"{query['timestamp'][0]}\nSEC123".encode()
    wanted = base64.b64encode(hmac.new(b"SEC123", text, hashlib.sha256).digest()).decode()
    assert query["sign"] == [wanted]
    assert json.loads(raw)["at"] == {"isAtAll": True}


def test_feishu_signs_and_lets_no_tag_of_a_name_through(there: Receiver) -> None:
    robot = channel(there, "feishu", secret=KEY)
    send_message(robot, message(title='<at user_id="all">村', is_loud=False), own_hosts=OWN)
    body = there.bodies[0]
    key = f"{body['timestamp']}\nSEC123".encode()
    assert body["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert "<" not in body["content"]["text"]


def test_a_webhook_gets_json_with_its_signature(there: Receiver) -> None:
    send_message(channel(there, "webhook", secret=KEY), message(), own_hosts=OWN)
    _, headers, raw = there.came[0]
    assert headers["x-jdzfire-signature"] == hmac.new(b"SEC123", raw, hashlib.sha256).hexdigest()
    assert json.loads(raw)["alerts"] == ["a1"]


def test_an_sms_gateway_gets_its_template_filled_in(there: Receiver) -> None:
    number = "13800000001"
    gateway = channel(
        there, "sms", to=(number,), ok_contains='"Code":"OK"',
        template='{"to": "{phone}", "sign": "林火", "content": "{text}", "n": "{id}"}',
    )  # fmt: skip
    there.answers = [b'{"Code":"OK"}', b'{"Code":"LIMIT"}']
    told = message(title='a"b\\ {phone}', recipient=recipient_of(number), link="")
    send_message(gateway, told, own_hosts=OWN)
    body = there.bodies[0]
    assert (body["to"], body["n"]) == (number, "m1")
    assert body["content"].startswith('a"b\\ {phone}\n')  # text is no template
    assert len(body["content"].encode()) <= 210
    with pytest.raises(NotTaken, match="does not hold"):
        send_message(gateway, told, own_hosts=OWN)
    with pytest.raises(NotTaken, match="no more"):
        send_message(gateway, message(recipient="0" * 12), own_hosts=OWN)


def test_cap_goes_as_it_is(there: Receiver) -> None:
    send_message(channel(there, "cap"), message(text="<alert/>"), own_hosts=OWN)
    _, headers, raw = there.came[0]
    assert raw == b"<alert/>"
    assert headers["content-type"].startswith("application/cap+xml")


@pytest.mark.parametrize(
    ("answer", "is_lasting"),
    [
        (b'{"errcode": 93000, "errmsg": "invalid webhook url"}', True),
        (b'{"errcode": 45009, "errmsg": "api freq out of limit"}', False),
        (b"<html>captive portal</html>", False),
        (b"[]", False),
        (b'{"errcode": false}', True),
        (500, False),
        ((429, {"retry-after": "90"}), False),
        (403, True),
        ((302, {"location": "http://127.0.0.1:9/"}), False),
        ("cut", False),
        ("endless", False),
    ],
)
def test_what_was_not_taken_is_not_sent(there: Receiver, answer: Any, is_lasting: bool) -> None:
    there.answers = [answer]
    with pytest.raises(NotTaken) as caught:
        send_message(channel(there, "wecom"), message(), own_hosts=OWN)
    assert caught.value.is_lasting is is_lasting
    assert "0a1b2c3d" not in caught.value.why
    if answer == (429, {"retry-after": "90"}):
        assert caught.value.wait_s == 90.0


def test_who_does_not_answer_is_not_waited_for(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "_TIMEOUT_S", 0.3)
    there.answers = ["slow"]
    with pytest.raises(NotTaken, match="no answer within"):
        send_message(channel(there, "wecom"), message(), own_hosts=OWN)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8046/cases",
        "http://localhost/x",
        "http://10.0.0.5/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x",
        "http://[::ffff:10.0.0.5]/x",
        "http://0.0.0.0/x",
        "ftp://example.cn/x",
        "file:///etc/passwd",
        "http:///x",
    ],
)
def test_private_targets_are_refused_unless_listed(url: str) -> None:
    with pytest.raises(NotTaken, match=r"private network|the address is none of"):
        send_message(AlertChannel(name="a", kind="webhook", url=url), message())


def test_a_proxy_finds_the_host_but_no_address_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    far = AlertChannel(name="a", kind="webhook", url="https://no-such-host.example/x")
    with pytest.raises(NotTaken, match="no connection"):
        send_message(far, message())
    for own in ("https://10.0.0.5/x", "https://localhost/x", "https://[::1]/x"):
        with pytest.raises(NotTaken, match="private network"):
            send_message(AlertChannel(name="a", kind="webhook", url=own), message())


def test_a_closed_port_is_no_answer() -> None:
    robot = AlertChannel(name="a", kind="webhook", url="http://127.0.0.1:9/x")
    with pytest.raises(NotTaken, match="no connection"):
        send_message(robot, message(), own_hosts=OWN)


class _Mailbox(socketserver.StreamRequestHandler):
    """Just enough of SMTP; refuses the second message."""

    taken: list[str] = []  # noqa: RUF012

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (one := self.rfile.readline()).strip() != b".":
                    lines.append(one.decode("utf-8", "replace"))
                is_full = bool(self.taken)
                if not is_full:
                    self.taken.append("".join(lines))
                self.wfile.write(b"452 full\r\n" if is_full else b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what apprise imports
def test_mail_is_sent_when_the_server_took_it() -> None:
    _Mailbox.taken.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mailbox) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        url = f"mailto://127.0.0.1:{port}?from=duty@example.cn&to=chief@example.cn&mode=insecure"
        mail = AlertChannel(name="mail", kind="email", url=url)
        send_message(mail, message(), own_hosts=OWN)
        (raw,) = _Mailbox.taken
        assert "duty@example.cn" in raw
        with pytest.raises(NotTaken, match="did not take"):
            send_message(mail, message(), own_hosts=OWN)
        with pytest.raises(NotTaken, match="private"):
            send_message(mail, message())
        server.shutdown()


def test_a_text_is_cut_between_characters() -> None:
    assert cut_text("山山山", 9) == "山山山"
    assert cut_text("山山山", 8) == "山…"
    assert len(cut_text("a" * 5 + "山" * 9, 20).encode()) <= 20
