"""What customers answer by text message (上行短信), read from the queue into which Alibaba Cloud puts it.

An answer is taken out of the queue when it is seen again: only then is it certain that the shop has kept it.
The cursor names those that were told. The queue hides an answer for half a minute after each look.
Sources: Alibaba Cloud, "SmsUp", "QueryTokenForMnsQueue", "BatchReceiveMessage", "DeleteMessage".
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree

from crmcore import CrmError, Gateway, Happened, in_words, wants_no_more

from . import instant_of
from .signing import call, call_queue

if TYPE_CHECKING:
    from . import Settings

_AT_ONCE, _ROUNDS = 16, 16  # answers in one look (the most it gives), looks in one go
_MAINLAND = re.compile(r"1[3-9]\d{9}")
_KEPT = 400  # ids that the cursor names
_UNREADABLE = {"zh": "短信回复队列给出了看不懂的内容", "en": "the queue of replies gave what cannot be read"}


def read_replies(settings: Settings, keys: tuple[str, str], since: str) -> tuple[list[Happened], str]:
    """New answers, and the cursor; raises `CrmError` where the queue cannot be read."""
    told = _ids(since)
    events: list[Happened] = []
    seen: list[str] = []
    with Gateway(settings.tokens_url, timeout=settings.timeout) as gateway:
        key = _key(gateway, settings.replies_queue, keys)
    messages = f"/queues/{quote(settings.replies_queue, safe='')}/messages"
    with Gateway(settings.queues_url, timeout=settings.timeout) as gateway:
        for _round in range(_ROUNDS):
            found = _look(gateway, messages, key)
            for one in found:
                if one["MessageId"] in told:
                    handle = quote(one["ReceiptHandle"], safe="")
                    gone = call_queue(gateway, "DELETE", f"{messages}?ReceiptHandle={handle}", key)
                    if gone.status in (204, 404):
                        told.remove(one["MessageId"])
                elif one["MessageId"] not in seen:
                    seen.append(one["MessageId"])
                    events += _happened(one["MessageBody"])
            if len(found) < _AT_ONCE:
                break
    return events, json.dumps([*seen, *told][:_KEPT])


def _ids(since: str) -> list[str]:
    try:
        found = json.loads(since) if since else []
    except ValueError:
        return []
    return [str(one) for one in found] if isinstance(found, list) else []


def _key(gateway: Gateway, queue: str, keys: tuple[str, str]) -> Mapping[str, str]:
    """Keys that open this queue for some minutes."""
    said = call(gateway, "QueryTokenForMnsQueue", {"MessageType": "SmsUp", "QueueName": queue}, *keys).json()
    found = said.get("MessageTokenDTO")
    if said.get("Code") != "OK" or not isinstance(found, dict):
        raise CrmError(f"{gateway.host}: {said.get('Code', '')} {said.get('Message', '')}".strip())
    return {str(name): str(value) for name, value in found.items()}


def _look(gateway: Gateway, messages: str, key: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
    answer = call_queue(gateway, "GET", f"{messages}?numOfMessages={_AT_ONCE}&waitseconds=0", key)
    root = _xml(answer.body)
    if answer.status == 404 and root.get("Code") == "MessageNotExist":
        return []
    if answer.status != 200:
        raise CrmError(f"{gateway.host}: {answer.status} {root.get('Code', '')}".strip())
    return [one for one in root["messages"] if {"MessageId", "ReceiptHandle", "MessageBody"} <= set(one)]


def _xml(body: bytes) -> dict[str, Any]:
    """What an answer says: its messages, and the texts beside them."""
    if b"<!" in body:  # no answer declares anything
        raise CrmError(in_words(_UNREADABLE))
    try:
        root = ElementTree.fromstring(body or b"<nothing/>")
    except ElementTree.ParseError:
        raise CrmError(in_words(_UNREADABLE)) from None
    messages = [
        {_bare(one.tag): one.text or "" for one in message}
        for message in root
        if _bare(message.tag) == "Message" and len(message)
    ]
    return {**{_bare(one.tag): one.text or "" for one in root}, "messages": messages}


def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def _happened(body: str) -> list[Happened]:
    """One answer; nothing for what is none."""
    row = _row(body)
    number = re.sub(r"\D", "", str(row.get("phone_number", "")))
    text = str(row.get("content", ""))
    if not 7 <= len(number) <= 15:
        return []
    # Numbers of the mainland come without their country's sign; others may have as many digits (852… is one).
    address = f"+86{number}" if _MAINLAND.fullmatch(number) else f"+{number}"
    at = instant_of(str(row.get("send_time", ""))) or int(time.time())
    return [Happened("unsubscribed" if wants_no_more(text) else "replied", at, address=address, text=text)]


def _row(body: str) -> Mapping[str, Any]:
    """The answer's fields: JSON, most often in base64."""
    for decoded in (lambda: body, lambda: base64.b64decode(body, validate=True).decode("utf-8")):
        try:
            found = json.loads(decoded())
        except (ValueError, RecursionError):  # nested without end: no gateway writes that, a stranger may
            continue
        if isinstance(found, dict):
            return found
    return {}
