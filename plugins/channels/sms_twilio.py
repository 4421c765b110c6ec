"""Text messages by Twilio, for customers abroad: one request a message, outcomes and replies fetched.

Twilio can call an address of the shop's whenever something happens (status callbacks, signed by the header
X-Twilio-Signature). That is not used: a shop's computer has no public address. The messages themselves are
asked for instead, over the same signed-in connection.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

from crmcore import (
    Answer,
    Channel,
    Checked,
    CrmError,
    Fetched,
    Gateway,
    Happened,
    Limits,
    NoAnswerError,
    NotSentError,
    Outgoing,
    Problem,
    Receipt,
    Sent,
    Title,
    above_zero,
    checked_price,
    hookimpl,
    in_words,
    sms_parts,
    wants_no_more,
)

about = {"zh": "Twilio 短信，面向海外客户：一条消息一次请求，取回结果和回复。"}

# ruff: noqa: RUF012 - the attributes are a declaration, read and never changed

_WAY_OUT = re.compile(r"\bSTOP\b|退订|拒收|unsubscribe|opt.?out", re.IGNORECASE)
# Twilio itself takes these for a no, too, and sends that number nothing more.
_STOPS = frozenset({"cancel", "end", "quit"})
_ASKED_AT_ONCE = 100
_PAGES, _KEPT = 25, 400  # pages of 200 answers in one go; how many of them the cursor names
_LONGEST = 1600  # characters; Twilio takes no longer ones
# Twilio's error codes: nobody is there; she has said STOP before; come again later.
_BAD_NUMBERS = (21211, 21214, 21217, 21614, 30003, 30005, 30006)
_STOPPED = (21610,)
_NO_SENDER = {
    "zh": "还没有设置发送号码：crm plugin settings sms_twilio --set sender=…",
    "en": "the sender is not set: crm plugin settings sms_twilio --set sender=…",
}
_LATER = {20429: 5.0, 14107: 5.0, 21611: 300.0, 30001: 300.0, 30022: 60.0}


@dataclass(frozen=True)
class Settings:
    """The account at Twilio. Secrets: sms_twilio_account_sid, sms_twilio_auth_token."""

    sender: Annotated[
        str,
        Title("发信号码", "Sender"),
        {
            "zh": "发信号码（+1…），或消息服务的编号 MG…",
            "en": "the number that messages come from (+1…), or MG… of a messaging service",
        },
    ] = ""
    numbers: Annotated[
        list[str],
        Title("服务号码", "Numbers"),
        {
            "zh": "消息服务所用的号码，读取发到这些号码的回复；留空则读发信号码的",
            "en": "a messaging service's numbers, whose answers are read; empty: the sender's",
        },
    ] = field(default_factory=list)
    cost: Annotated[
        str,
        Title("每条费用", "Cost a part"),
        {
            "zh": "每条短信的费用，按店铺币种的主单位",
            "en": "what one part costs, in major units of the shop's currency",
        },
    ] = "0.06"
    per_second: Annotated[
        float, Title("每秒条数", "Messages a second"), {"zh": "每秒最多发多少条", "en": "messages a second"}
    ] = 1.0
    timeout: Annotated[
        float,
        Title("超时秒数", "Seconds to wait"),
        {"zh": "等待应答的秒数", "en": "seconds to wait for an answer"},
    ] = 30.0
    url: Annotated[str, Title("网关地址", "Gateway"), {"zh": "网关地址", "en": "the gateway"}] = (
        "https://api.twilio.com"
    )

    def __post_init__(self) -> None:
        checked_price("cost", self.cost)
        above_zero(per_second=self.per_second, timeout=self.timeout)


class TwilioSms(Channel):
    """One request a message. Twilio takes no reference of ours: its own (SM…) is what receipts name."""

    name, zh, en = "sms_twilio", "短信（Twilio）", "SMS (Twilio)"
    about = {
        "zh": "发给境外客户的短信，效果仅次于电话。按条收费：英文 160 字一条（长的每 153 字一条），含中文"
        "等字符时 70 字一条（长的每 67 字一条），各国价格不同。要写明 STOP 退订，多数国家有法律要求。",
        "en": "SMS to customers abroad, second to a call. Paid by the part: 160 characters of Latin text "
        "go in one (then 153 each), 70 once anything else is in it (then 67 each); prices differ by "
        "country. Say that STOP ends it: most countries ask for that.",
    }
    address_kinds = ("phone",)
    medium = "sms"
    personal = True
    secrets = ("account_sid", "auth_token")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.limits = Limits(10, settings.per_second)
        self.quiet_seconds = settings.timeout * 2 + 10

    def check(self, message: Outgoing) -> Checked:
        """Parts and cost."""
        problems = []
        if not self._settings.sender:
            problems.append(Problem(_NO_SENDER))
        if len(message.text) > _LONGEST:
            problems.append(Problem({"zh": "超过 1600 字", "en": "longer than 1600 characters"}))
        if message.purpose == "promotion" and not _WAY_OUT.search(message.text):
            problems.append(
                Problem(
                    {
                        "zh": "要写明怎样退订，如“回复 STOP 退订”",
                        "en": "say how to stop it, such as “Reply STOP to end”",
                    }
                )
            )
        parts = sms_parts(message.text)
        return Checked(problems, parts, parts * Decimal(self._settings.cost))

    def send(self, messages: Iterable[Outgoing]) -> Iterator[Receipt]:
        """Send one after the other over one connection."""
        self._require_set_up()
        with self._gateway() as gateway:
            for message in messages:
                try:
                    answer = self._call(gateway, "POST", "/Messages.json", self._form(message))
                except NotSentError as error:
                    yield Receipt(message.key, "failed", detail=str(error), retry_after=60)
                except NoAnswerError as error:
                    yield Receipt(message.key, "unknown", detail=str(error))
                else:
                    yield self._receipt(message, answer)

    def _form(self, message: Outgoing) -> dict[str, str]:
        sender = self._settings.sender
        by = "MessagingServiceSid" if sender.startswith("MG") else "From"
        return {"To": message.to, by: sender, "Body": message.text}

    def _receipt(self, message: Outgoing, answer: Answer) -> Receipt:
        said = answer.json()
        if answer.status in (200, 201) and said.get("sid"):
            parts = int(said.get("num_segments") or 0) or sms_parts(message.text)
            return Receipt(
                message.key, "accepted", str(said["sid"]), cost=parts * Decimal(self._settings.cost)
            )
        code = said.get("code") if isinstance(said.get("code"), int) else 0
        detail = f"{code or answer.status} {said.get('message', '')}".strip()
        if answer.status == 429 or code in _LATER:
            later = _seconds(answer.headers.get("retry-after", "")) or _LATER.get(code or 0, 5.0)
            return Receipt(message.key, "failed", detail=detail, retry_after=later)
        if 400 <= answer.status < 500:
            return Receipt(
                message.key, "failed", detail=detail, bad_address=code in (*_BAD_NUMBERS, *_STOPPED)
            )
        return Receipt(message.key, "unknown", detail=detail)

    def fetch(self, since: str, waiting: Sequence[Sent]) -> Fetched:
        """What became of messages that wait, and what customers answered since the last time."""
        with self._gateway() as gateway:
            events = []
            for one in sorted(waiting, key=lambda sent: sent.at)[:_ASKED_AT_ONCE]:
                path = f"/Messages/{quote(one.reference, safe='')}.json"
                answer = self._call(gateway, "GET", path)
                if answer.status in (401, 403, 429):  # not about this message: asking on is no use
                    raise CrmError(
                        f"{gateway.host}: {answer.status} {answer.json().get('message', '')}".strip()
                    )
                if event := _outcome(one, answer.json()):
                    events.append(event)
            try:
                replies, cursor = self._replies(gateway, since)
            except CrmError:
                if not events:
                    raise
                replies, cursor = [], since  # what became of messages is kept; answers are read the next time
        return Fetched([*events, *replies], cursor)

    def _replies(self, gateway: Gateway, since: str) -> tuple[list[Happened], str]:
        """What came in; the cursor is the day, and the messages of it that were seen."""
        try:
            last = json.loads(since) if since else {}
        except ValueError:
            last = {}
        today = datetime.now(UTC).date()
        day = str(last.get("day") or today - timedelta(days=7))
        seen = set(last.get("seen") or ())
        events: list[Happened] = []
        kept: list[str] = []
        for number in self._answered_at():
            for row in self._inbound(gateway, number, day):
                kept.append(str(row["sid"]))
                if kept[-1] not in seen:
                    events.append(_reply(row))
        return events, json.dumps({"day": (today - timedelta(days=1)).isoformat(), "seen": kept[:_KEPT]})

    def _answered_at(self) -> Sequence[str]:
        sender = self._settings.sender
        return self._settings.numbers or ([sender] if sender.startswith("+") else [])

    def _inbound(self, gateway: Gateway, number: str, day: str) -> Iterator[Mapping[str, Any]]:
        """The answers to a number since a day, page by page; raises `CrmError` when one cannot be had."""
        path = f"/Messages.json?{urlencode({'To': number, 'DateSent>': day, 'PageSize': '200'})}"
        for _page in range(_PAGES):
            answer = self._call(gateway, "GET", path)
            said = answer.json()
            if answer.status != 200:
                raise CrmError(f"{gateway.host}: {answer.status} {said.get('message', '')}".strip())
            for row in said.get("messages") or []:
                if isinstance(row, dict) and row.get("direction") == "inbound" and row.get("sid"):
                    yield row
            # Only the place in the list is taken from it: where we ask stays ours.
            following = urlsplit(str(said.get("next_page_uri") or "")).query
            if not following:
                return
            path = f"/Messages.json?{following}"

    def probe(self) -> str:
        """Look the account up."""
        self._require_set_up()
        with self._gateway() as gateway:
            answer = self._call(gateway, "GET", ".json")
        if answer.status != 200:
            raise CrmError(f"{gateway.host}: {answer.status} {answer.json().get('message', '')}".strip())
        return f"{gateway.host}: {answer.json().get('status', 'ok')}"

    def _require_set_up(self) -> None:
        if not self._settings.sender:
            raise CrmError(in_words(_NO_SENDER))

    def _gateway(self) -> Gateway:
        return Gateway(self._settings.url, timeout=self._settings.timeout)

    def _call(
        self, gateway: Gateway, method: str, path: str, form: Mapping[str, str] | None = None
    ) -> Answer:
        sid, token = self.secret("account_sid"), self.secret("auth_token")
        signed = base64.b64encode(f"{sid}:{token}".encode()).decode()
        headers = {"Authorization": f"Basic {signed}", "Accept": "application/json"}
        body = b""
        if form is not None:
            body = urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return gateway.call(method, f"/2010-04-01/Accounts/{quote(sid, safe='')}{path}", headers, body)


def _outcome(sent: Sent, row: Mapping[str, Any]) -> Happened | None:
    status = row.get("status")
    at = _instant(row.get("date_updated")) or int(time.time())
    if status in ("delivered", "read"):
        return Happened("delivered", at, key=sent.key)
    if status in ("undelivered", "failed"):
        code = row.get("error_code") or 0
        text = f"{code} {row.get('error_message') or ''}".strip()
        if code in _STOPPED:
            return Happened("unsubscribed", at, key=sent.key, address=sent.to, text=text)
        return Happened(
            "bounced", at, key=sent.key, address=sent.to, text=text, permanent=code in _BAD_NUMBERS
        )
    return None


def _reply(row: Mapping[str, Any]) -> Happened:
    text = str(row.get("body") or "")
    no = wants_no_more(text) or text.strip().lower().strip(".!。！") in _STOPS
    what = "unsubscribed" if no else "replied"
    at = _instant(row.get("date_sent")) or int(time.time())
    return Happened(what, at, address=str(row.get("from") or ""), text=text)  # type: ignore[arg-type]


def _instant(text: object) -> int:
    try:
        return int(parsedate_to_datetime(str(text)).timestamp())
    except (ValueError, TypeError):
        return 0


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0


@hookimpl
def crm_channels(settings: Settings) -> list[Channel]:
    """Twilio's gateway."""
    return [TwilioSms(settings)]
