"""One message carried to a channel, and whether its receiver took it.

WeCom, DingTalk and Feishu answer 200 with an error code in the body when they do not take a
message, so their answers are read here; apprise 1.13 counts any 200 as sent. E-mail goes through
apprise.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import logging
import socket
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, urlsplit
from urllib.request import getproxies, proxy_bypass

from jdzfire.cases.alert_rules import AlertChannel, recipient_of
from jdzfire.redact import redact

PER_MINUTE = {"wecom": 20, "dingtalk": 20, "feishu": 100}
"""Messages a minute that the robots take: WeCom's 20 is given by the issue that asked for it, the
others are as their pages had it [K]. Others 60 [K]."""

MOST_BYTES = {"wecom": 2048, "dingtalk": 20_000, "feishu": 18_000, "sms": 210}
"""Longest text in UTF-8: WeCom's 2,048 is given by the issue that asked for it; Feishu's body has
20 KB, DingTalk's text 20,000, and an SMS of 70 characters is one message [K]. Others 60,000."""

_LEAST_BYTES = 40
"""Less text than this beside a link tells nothing [K]."""

_TIMEOUT_S = 8.0
_ANSWER_BYTES = 65_536
_LASTING = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})


@dataclass(frozen=True)
class Message:
    """What one receiver is sent at once: an alert, or a digest of several."""

    message_id: str
    """The same whenever the same alerts are sent again together."""
    title: str
    text: str
    """Texts from outside are in it: plain text, no markup."""
    is_loud: bool
    at: datetime
    """When it is sent, aware."""
    alert_ids: tuple[str, ...] = ()
    recipient: str = ""
    """Which receiver of an SMS channel."""
    link: str = ""
    """Page that acknowledges it; empty without a desk."""


class NotTaken(Exception):
    """The receiver did not take a message.

    Parameters
    ----------
    why : str
        Without secrets.
    is_lasting : bool
        Whether the same message will be refused again until somebody changes a setting.
    wait_s : float
        Not to be tried again before.
    """

    def __init__(self, why: str, *, is_lasting: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.why = redact(why)
        self.is_lasting = is_lasting
        self.wait_s = wait_s


def send_message(
    channel: AlertChannel, message: Message, *, own_hosts: Collection[str] = ()
) -> None:
    """Carry a message to a channel; return when the receiver took it.

    Parameters
    ----------
    channel : AlertChannel
    message : Message
    own_hosts : collection of str
        Hosts of private networks that may be asked all the same.

    Raises
    ------
    NotTaken
    """
    check_target(channel, own_hosts)
    _SENDERS[channel.kind](channel, message)


def per_minute(channel: AlertChannel) -> int:
    """Messages a minute that a channel takes."""
    return channel.per_minute or PER_MINUTE.get(channel.kind, 60)


def most_bytes(channel: AlertChannel) -> int:
    """Longest text of a channel [B]."""
    return channel.max_bytes or MOST_BYTES.get(channel.kind, 60_000)


def cut_text(text: str, most: int) -> str:
    """The text within so many bytes of UTF-8, a whole character and … at its end where cut."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    return raw[: most - 3].decode("utf-8", "ignore").rstrip() + "…"


def check_target(channel: AlertChannel, own_hosts: Collection[str]) -> None:
    """Refuse a private address, unless its host is listed. Raises NotTaken."""
    found = urlsplit(channel.url.get_secret_value())
    host = found.hostname or ""
    schemes = ("mailto", "mailtos") if channel.kind == "email" else ("http", "https")
    if found.scheme not in schemes or not host:
        raise NotTaken(f"the address is none of {', '.join(schemes)}", is_lasting=True)
    if host in own_hosts or (_has_proxy(found.scheme, host) and not _is_address(host)):
        return  # through a proxy it is the proxy that finds the host
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotTaken("its host has no address now") from None
    if not all(ipaddress.ip_address(str(one[4][0]).split("%")[0]).is_global for one in answers):
        raise NotTaken(
            "its host is in a private network; list it in alert_own_hosts", is_lasting=True
        )


def _has_proxy(scheme: str, host: str) -> bool:
    return bool({scheme, "all"} & set(getproxies())) and not proxy_bypass(host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return True


def _wecom(channel: AlertChannel, message: Message) -> None:
    text = {"content": _body(channel, message), "mentioned_list": ["@all"] * message.is_loud}
    answer = _post_json(channel, {"msgtype": "text", "text": text})
    _check_code(answer, "errcode", "errmsg", busy=(45009,))


def _dingtalk(channel: AlertChannel, message: Message) -> None:
    url = channel.url.get_secret_value()
    if channel.secret is not None:
        now_ms = str(round(time.time() * 1000))
        key = channel.secret.get_secret_value()
        made = hmac.new(key.encode(), f"{now_ms}\n{key}".encode(), hashlib.sha256).digest()
        sign = quote_plus(base64.b64encode(made))
        url += f"{'&' if '?' in url else '?'}timestamp={now_ms}&sign={sign}"
    body = {
        "msgtype": "text",
        "text": {"content": _body(channel, message)},
        "at": {"isAtAll": message.is_loud},
    }
    answer = _post_json(channel, body, url=url)
    _check_code(answer, "errcode", "errmsg", busy=(130101, 410100, -1))


def _feishu(channel: AlertChannel, message: Message) -> None:
    text = _body(channel, message).replace("<", "＜")  # no tag of somebody else's text
    if message.is_loud:
        text = f'<at user_id="all">所有人</at> {text}'
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if channel.secret is not None:
        now_s = str(round(time.time()))
        key = f"{now_s}\n{channel.secret.get_secret_value()}"
        made = hmac.new(key.encode(), b"", hashlib.sha256).digest()
        body = {"timestamp": now_s, "sign": base64.b64encode(made).decode(), **body}
    _check_code(_post_json(channel, body), "code", "msg", busy=(9499, 11232))


def _webhook(channel: AlertChannel, message: Message) -> None:
    body = {
        "id": message.message_id,
        "title": message.title,
        "text": cut_text(message.text, most_bytes(channel)),
        "loud": message.is_loud,
        "at": message.at.isoformat(),
        "link": message.link,
        "alerts": list(message.alert_ids),
    }
    _check_contains(channel, _post_json(channel, body))


def _sms(channel: AlertChannel, message: Message) -> None:
    numbers = {recipient_of(one.get_secret_value()): one for one in channel.to}
    if message.recipient not in numbers:
        raise NotTaken("its number is in the settings no more", is_lasting=True)
    given = {
        "{phone}": numbers[message.recipient].get_secret_value(),
        "{text}": _body(channel, message),
        "{id}": message.message_id,
    }
    body = channel.template
    for name in given:  # values are put in at once below: none of them is looked into
        body = body.replace(name, f"\0{name}\0")
    parts = [json.dumps(given[one])[1:-1] if one in given else one for one in body.split("\0")]
    raw = "".join(parts).encode()
    _check_contains(channel, _post(channel, raw, "application/json"))


def _cap(channel: AlertChannel, message: Message) -> None:
    answer = _post(channel, message.text.encode(), "application/cap+xml; charset=utf-8")
    _check_contains(channel, answer)


def _email(channel: AlertChannel, message: Message) -> None:
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines name the receiver
    mail = apprise.Apprise()
    if not mail.add(channel.url.get_secret_value()):
        raise NotTaken("the address of the mailbox cannot be used", is_lasting=True)
    title = cut_text(message.title, 200)
    if not mail.notify(body=_body(channel, message), title=title, body_format="text"):
        raise NotTaken("the mail server did not take it")


_SENDERS: Mapping[str, Callable[[AlertChannel, Message], None]] = {
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
    "webhook": _webhook,
    "sms": _sms,
    "cap": _cap,
    "email": _email,
}


def _body(channel: AlertChannel, message: Message) -> str:
    """Title and text within the channel's limit; the link stays whole, or is left out."""
    link = f"\n{message.link}" if message.link else ""
    most = most_bytes(channel) - len(link.encode())
    if most < _LEAST_BYTES:
        link, most = "", most_bytes(channel)
    return cut_text(f"{message.title}\n{message.text}", most) + link


def _post_json(channel: AlertChannel, body: Any, *, url: str | None = None) -> bytes:
    raw = json.dumps(body, ensure_ascii=False).encode()
    return _post(channel, raw, "application/json; charset=utf-8", url=url)


def _post(channel: AlertChannel, raw: bytes, kind: str, *, url: str | None = None) -> bytes:
    """The answer to a message, at most 64 KiB of it; no redirect is followed."""
    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # their lines name the address
    headers = {"content-type": kind}
    if channel.kind == "webhook" and channel.secret is not None:
        key = channel.secret.get_secret_value().encode()
        headers["x-jdzfire-signature"] = hmac.new(key, raw, hashlib.sha256).hexdigest()
    end = time.monotonic() + 2 * _TIMEOUT_S
    try:
        with (
            httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=True) as client,
            client.stream(
                "POST", url or channel.url.get_secret_value(), content=raw, headers=headers
            ) as response,
        ):
            _check_status(response.status_code, response.headers.get("retry-after", ""))
            parts, size = [], 0
            for part in response.iter_raw():
                parts.append(part)
                size += len(part)
                if size > _ANSWER_BYTES or time.monotonic() > end:
                    raise NotTaken("its answer does not end")
            return b"".join(parts)
    except httpx.TimeoutException:
        raise NotTaken(f"no answer within {_TIMEOUT_S:g} s") from None
    except httpx.HTTPError as error:
        raise NotTaken(f"no connection ({type(error).__name__})") from None
    except (httpx.InvalidURL, ValueError):
        raise NotTaken("its address cannot be used", is_lasting=True) from None


def _check_status(status: int, retry_after: str) -> None:
    if 200 <= status < 300:
        return
    wait_s = min(float(retry_after), 3600.0) if retry_after.isdigit() else 0.0
    raise NotTaken(f"status {status}", is_lasting=status in _LASTING, wait_s=wait_s)


def _check_code(answer: bytes, code: str, text: str, *, busy: tuple[int, ...]) -> None:
    """See that the error code in an answer is 0."""
    try:
        held = json.loads(answer)
        found = held.get(code, held.get("StatusCode"))
    except (ValueError, AttributeError):
        raise NotTaken("its answer is not what such a robot gives") from None
    if found == 0 and found is not False:
        return
    why = f"{code} {str(found)[:20]}: {str(held.get(text, ''))[:120]}"
    if found in busy:
        raise NotTaken(why, wait_s=60.0)
    raise NotTaken(why, is_lasting=True)


def _check_contains(channel: AlertChannel, answer: bytes) -> None:
    if channel.ok_contains and channel.ok_contains not in answer.decode("utf-8", "replace"):
        raise NotTaken(f"its answer does not hold {channel.ok_contains!r}")
