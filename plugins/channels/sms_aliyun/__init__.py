"""Text messages by Alibaba Cloud (阿里云短信): approved templates only, signed requests, receipts fetched.

A message goes out as an approved template with variables, so its text must fit one of those that the settings
list. Answers of customers come by a queue (`replies`); nothing is called back to the shop.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated

from crmcore import (
    AddressForm,
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
)

from .signing import call

about = {"zh": "阿里云短信：只用已审核的模板，请求带签名，主动取回执和客户回复。"}

# ruff: noqa: RUF012 - the attributes are a declaration, read and never changed

BEIJING = timezone(timedelta(hours=8))
_VARIABLE = re.compile(r"\$\{(\w{1,20})\}")
_WAY_OUT = re.compile(r"退订|拒收|回[TtRrNn]")
_ASKED_AT_ONCE = 100  # of those that wait for an outcome
# What the gateway says when it has sent nothing: our code -> seconds after which it may be tried again.
_LATER = {
    "isv.BUSINESS_LIMIT_CONTROL": 3600,
    "isv.DAY_LIMIT_CONTROL": 86_400,
    "isv.AMOUNT_NOT_ENOUGH": 3600,
    "isv.OUT_OF_SERVICE": 3600,
    "Throttling": 5,
    "Throttling.User": 5,
    "Throttling.Api": 5,
    "ServiceUnavailable": 60,
}
_BAD_NUMBERS = ("isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT")
# Receipts of the operators: nobody is there; she has told the gateway to stop.
_GONE, _STOPPED = ("MOBILE_NOT_ON_SERVICE",), ("USER_REJECT",)


_NO_SIGN = {
    "zh": "还没有设置签名：crm plugin settings sms_aliyun --set sign=…",
    "en": "the signature is not set: crm plugin settings sms_aliyun --set sign=…",
}


@dataclass(frozen=True)
class Settings:
    """The account at Alibaba Cloud. Secrets: sms_aliyun_key_id, sms_aliyun_key_secret."""

    sign: Annotated[
        str,
        Title("短信签名", "Signature"),
        {
            "zh": "已审核的短信签名，不带【】，即店名",
            "en": "the approved signature, without 【】: the shop's name",
        },
    ] = ""
    templates: Annotated[
        dict[str, str],
        Title("短信模板", "Templates"),
        {
            "zh": "已审核的模板：模板编号 -> 带 ${变量} 的正文",
            "en": "approved templates: code -> text with ${variables}",
        },
    ] = field(default_factory=dict)
    adds_way_out: Annotated[
        str,
        Title("自动退订语", "Added way out"),
        {
            "zh": "网关自动加在促销短信后的文字，如 拒收请回复R",
            "en": "what the gateway adds to promotions by itself, such as 拒收请回复R",
        },
    ] = ""
    cost: Annotated[
        str,
        Title("每条费用", "Cost a part"),
        {"zh": "每条短信的费用，单位元", "en": "what one part costs, in major units"},
    ] = "0.045"
    per_second: Annotated[
        float, Title("每秒条数", "Messages a second"), {"zh": "每秒最多发多少条", "en": "messages a second"}
    ] = 20.0
    timeout: Annotated[
        float,
        Title("超时秒数", "Seconds to wait"),
        {"zh": "等待应答的秒数", "en": "seconds to wait for an answer"},
    ] = 30.0
    url: Annotated[str, Title("网关地址", "Gateway"), {"zh": "网关地址", "en": "the gateway"}] = (
        "https://dysmsapi.aliyuncs.com"
    )
    replies_queue: Annotated[
        str,
        Title("回复队列", "Queue of replies"),
        {
            "zh": "控制台里上行短信的队列（Alicom-Queue-…-SmsUp）；留空则不读取回复",
            "en": "the queue of replies in the console (Alicom-Queue-…-SmsUp); empty: they are not read",
        },
    ] = ""
    queues_url: Annotated[
        str, Title("队列地址", "Queue address"), {"zh": "队列的地址", "en": "where that queue is"}
    ] = "https://1943695596114318.mns.cn-hangzhou.aliyuncs.com"
    tokens_url: Annotated[
        str,
        Title("密钥地址", "Address of keys"),
        {"zh": "领取队列临时密钥的地址", "en": "where keys for that queue are had"},
    ] = "https://dybaseapi.aliyuncs.com"

    def __post_init__(self) -> None:
        checked_price("cost", self.cost)
        above_zero(per_second=self.per_second, timeout=self.timeout)
        if set("【】") & set(self.sign):
            raise ValueError(in_words({"zh": "sign 不要写【】", "en": "sign is written without 【】"}))


class AliyunSms(Channel):
    """One request a message; the key goes along as OutId."""

    name, zh, en = "sms_aliyun", "短信（阿里云）", "SMS (Alibaba Cloud)"
    about = {
        "zh": "效果仅次于电话。常被手机当广告拦截：内容要带客户昵称，先在装了手机管家的手机上试发，尽量用"
        "不那么拥挤的通道。按条收费：70 字以内一条，更长的每 67 字一条，约 0.045 元一条；签名和“拒收请回复"
        "R”也算字数。例店一年在第三方 CRM 上花五万元。促销短信监管严格，必须有退订方式。",
        "en": "Second to a call. Phones often block it as advertising: say something of her own, try it "
        "on phones with a security app, prefer gateways that few use. Paid by the part: 70 characters go "
        "in one, longer texts in parts of 67, some 0.045 yuan each; signature and way out count. The "
        "example shop pays 50,000 a year for its CRM. Promotion is watched strictly and must say how to "
        "stop it.",
    }
    address_kinds = ("phone",)
    forms = {
        "phone": AddressForm(
            "+861[3-9]" + "[0-9]" * 9,
            problem={"zh": "不是中国大陆手机号", "en": "this is no mobile of the Chinese mainland"},
        )
    }
    medium = "sms"
    personal = True
    secrets = ("key_id", "key_secret")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.limits = Limits(20, settings.per_second)
        self.quiet_seconds = settings.timeout * 2 + 10
        self._patterns = {code: _pattern(text) for code, text in settings.templates.items()}

    def check(self, message: Outgoing) -> Checked:
        """Parts and cost with signature and way out, and whether an approved template fits."""
        return Checked(list(self._problems(message)), *self._size(message))

    def _size(self, message: Outgoing) -> tuple[int, Decimal]:
        added = self._settings.adds_way_out if message.purpose == "promotion" else ""
        parts = sms_parts(f"【{self._settings.sign}】{message.text}{added}", gsm7=False)
        return parts, parts * Decimal(self._settings.cost)

    def _problems(self, message: Outgoing) -> Iterator[Problem]:
        if not self._settings.sign:
            yield Problem(_NO_SIGN)
        if message.text.startswith("【"):
            yield Problem(
                {
                    "zh": "签名由网关加上，正文里不要写【】",
                    "en": "the gateway adds the signature: leave 【…】 out",
                }
            )
        ways_out = message.text + self._settings.adds_way_out
        if message.purpose == "promotion" and not _WAY_OUT.search(ways_out):
            yield Problem(
                {
                    "zh": "促销短信要写明怎样退订，如“拒收请回复R”",
                    "en": "a promotion must say how to stop it, such as 拒收请回复R",
                }
            )
        if self._fitted(message.text) is None:
            text = {
                "zh": "没有已审核的模板与这段文字相符：crm plugin settings sms_aliyun --set templates=…",
                "en": "no approved template fits this text: crm plugin settings sms_aliyun --set templates=…",
            }
            yield Problem(text)

    def _fitted(self, text: str) -> tuple[str, dict[str, str]] | None:
        """The approved template that the text is, and its variables."""
        for code, pattern in self._patterns.items():
            if found := pattern.fullmatch(text):
                return code, found.groupdict()
        return None

    def send(self, messages: Iterable[Outgoing]) -> Iterator[Receipt]:
        """Send one after the other over one connection."""
        with self._gateway() as gateway:
            for message in messages:
                yield self._sent(gateway, message)

    def _sent(self, gateway: Gateway, message: Outgoing) -> Receipt:
        fitted = self._fitted(message.text)
        if fitted is None:
            return Receipt(
                message.key, "failed", detail=in_words({"zh": "没有相符的模板", "en": "no template fits"})
            )
        code, variables = fitted
        asked = {
            "PhoneNumbers": message.to.removeprefix("+86"),
            "SignName": self._settings.sign,
            "TemplateCode": code,
            "OutId": message.key,
        }
        if variables:
            asked["TemplateParam"] = json.dumps(variables, ensure_ascii=False)
        try:
            answer = self._call(gateway, "SendSms", asked)
        except NotSentError as error:
            return Receipt(message.key, "failed", detail=str(error), retry_after=60)
        except NoAnswerError as error:
            return Receipt(message.key, "unknown", detail=str(error))
        return self._receipt(message, answer)

    def _receipt(self, message: Outgoing, answer: Answer) -> Receipt:
        said = answer.json()
        code, words = str(said.get("Code", "")), str(said.get("Message", ""))
        if code == "OK":
            return Receipt(message.key, "accepted", str(said.get("BizId", "")), cost=self._size(message)[1])
        detail = f"{code or answer.status} {words}".strip()
        if code in _LATER:
            return Receipt(message.key, "failed", detail=detail, retry_after=_LATER[code])
        if code.startswith("isv.") or (code and 400 <= answer.status < 500):
            return Receipt(message.key, "failed", detail=detail, bad_address=code in _BAD_NUMBERS)
        return Receipt(message.key, "unknown", detail=detail)  # its own fault: it may have gone out

    def fetch(self, since: str, waiting: Sequence[Sent]) -> Fetched:
        """What the operators said about messages that wait, and what customers answered since the last time.

        The gateway is asked about one message after the other, the oldest first.
        """
        events = self._outcomes(waiting)
        if not self._settings.replies_queue:
            return Fetched(events, since)
        from .replies import read_replies

        keys = (self.secret("key_id"), self.secret("key_secret"))
        try:
            replies, cursor = read_replies(self._settings, keys, since)
        except CrmError:
            if not events:
                raise
            return Fetched(events, since)  # what the operators said is kept; the queue keeps the answers
        return Fetched([*events, *replies], cursor)

    def _outcomes(self, waiting: Sequence[Sent]) -> list[Happened]:
        events: list[Happened] = []
        with self._gateway() as gateway:
            for one in sorted(waiting, key=lambda sent: sent.at)[:_ASKED_AT_ONCE]:
                asked = {
                    "PhoneNumber": one.to.removeprefix("+86"),
                    "SendDate": datetime.fromtimestamp(one.at, BEIJING).strftime("%Y%m%d"),
                    "PageSize": "10",
                    "CurrentPage": "1",
                    "BizId": one.reference,
                }
                said = self._call(gateway, "QuerySendDetails", asked).json()
                code = str(said.get("Code", ""))
                if code != "OK" and not code.startswith(
                    "isv."
                ):  # not about this message: asking on is no use
                    if events:
                        break
                    raise CrmError(f"{gateway.host}: {code} {said.get('Message', '')}".strip())
                details = said.get("SmsSendDetailDTOs") or {}
                rows = details.get("SmsSendDetailDTO") or [] if isinstance(details, dict) else []
                events += [event for row in rows if (event := _happened(one, row))]
        return events

    def probe(self) -> str:
        """Ask for a signature's state: it costs nothing, and shows that the keys are right."""
        with self._gateway() as gateway:
            answer = self._call(gateway, "QuerySmsSign", {"SignName": self._settings.sign})
        said = answer.json()
        told = f"{gateway.host}: {said.get('Code', answer.status)} {said.get('Message', '')}".strip()
        if said.get("Code") != "OK":
            raise CrmError(told)
        return told

    def _gateway(self) -> Gateway:
        return Gateway(self._settings.url, timeout=self._settings.timeout)

    def _call(self, gateway: Gateway, action: str, asked: Mapping[str, str]) -> Answer:
        return call(gateway, action, asked, self.secret("key_id"), self.secret("key_secret"))


def _pattern(text: str) -> re.Pattern[str]:
    """An approved template as a pattern: each variable stands for one to 35 characters."""
    pieces, last, seen = [], 0, set()
    for found in _VARIABLE.finditer(text):
        pieces.append(re.escape(text[last : found.start()]))
        name = found[1]
        pieces.append(f"(?P={name})" if name in seen else f"(?P<{name}>.{{1,35}}?)")
        seen.add(name)
        last = found.end()
    return re.compile("".join(pieces) + re.escape(text[last:]))


def _happened(sent: Sent, row: object) -> Happened | None:
    if not isinstance(row, dict) or row.get("OutId") not in (None, "", sent.key):
        return None
    status, why = str(row.get("SendStatus", "")), str(row.get("ErrCode", ""))
    at = instant_of(str(row.get("ReceiveDate", ""))) or int(time.time())
    if status == "3":
        return Happened("delivered", at, key=sent.key)
    if status == "2":
        if why in _STOPPED:
            return Happened("unsubscribed", at, key=sent.key, address=sent.to, text=why)
        gone = why in _GONE
        return Happened("bounced", at, key=sent.key, address=sent.to, text=why, permanent=gone)
    return None


def instant_of(text: str) -> int:
    """The instant of a time as the gateway writes it, in Beijing's zone; 0 where it is none."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING).timestamp())
    except ValueError:
        return 0


@hookimpl
def crm_channels(settings: Settings) -> list[Channel]:
    """Alibaba Cloud's gateway."""
    return [AliyunSms(settings)]
