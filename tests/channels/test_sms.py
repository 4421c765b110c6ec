"""Text messages: their signed requests checked by a real server, every answer, and every way an answer fails to come."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import (
    Channel,
    Contact,
    CrmError,
    Gateway,
    Happened,
    NoAnswerError,
    NotSentError,
    Outgoing,
    Receipt,
    Sent,
    sms_parts,
    wants_no_more,
)
from crmcore.hooks.channel_jobs import _given
from tests.channels.conftest import Make, by_key, sent
from tests.channels.http_server import Asked, HttpServer, Says
from tests.waiting import until

KEYS = {"key_id": "LTAI-public", "key_secret": "secret-77120"}
ACCOUNT = {"account_sid": "AC0001", "auth_token": "token-77121"}
HELLO = Outgoing("k/1", "+8613800138000", "promotion", "小雨，面霜快用完了，满200减30。拒收请回复R")
TEMPLATES = {"SMS_1": "${name}，${goods}快用完了，${offer}。拒收请回复R", "SMS_2": "您的包裹已发出"}
Serve = Callable[[Callable[[Asked], Says]], HttpServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    made: list[HttpServer] = []

    def make(answering: Callable[[Asked], Says]) -> HttpServer:
        made.append(HttpServer(answering))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="module")
def aliyun_with() -> Callable[[str, str], Channel]:
    from crm_channels.sms_aliyun import AliyunSms, Settings

    return lambda sign, added: AliyunSms(Settings(sign=sign, adds_way_out=added))


# --- parts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts", "mainland"),
    [
        ("", 0, 0),
        ("a" * 160, 1, 3),
        ("a" * 161, 2, 3),
        ("a" * 306, 2, 5),
        ("a" * 307, 3, 5),
        ("€" * 80, 1, 2),
        ("€" * 81, 2, 2),
        ("茶" * 70, 1, 1),
        ("茶" * 71, 2, 2),
        ("茶" * 134, 2, 2),
        ("茶" * 135, 3, 3),
        ("a" * 70 + "茶", 2, 2),
        ("😀" * 35, 1, 1),
        ("😀" * 36, 2, 2),
        ("茶" * 66 + "😀" + "茶" * 66, 3, 3),  # the pair is not cut in half: 66 + 68 would
    ],
)
def test_parts(text: str, parts: int, mainland: int) -> None:
    assert (sms_parts(text), sms_parts(text, gsm7=False)) == (parts, mainland)


# A table of its own, from the standard's columns: what fits into seven bits, and what needs an escape before it.
SEVEN = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ" + "".join(map(chr, range(0x20, 0x5B))).replace("`", "")
    + "".join(map(chr, range(0x61, 0x7B))) + "ÄÖÑÜ§¿äöñüà¡¤"
)  # fmt: skip
ESCAPED = "\x0c^{}\\[~]|€"


def counted(text: str, *, gsm7: bool) -> int:
    """Parts by the rule, filled one after the other; no character is cut in half."""
    if gsm7 and set(text) <= set(SEVEN) | set(ESCAPED):
        sizes, one, each = [2 if char in ESCAPED else 1 for char in text], 160, 153
    else:
        sizes, one, each = [len(char.encode("utf-16-le")) // 2 for char in text], 70, 67
    if sum(sizes) <= one:
        return min(1, len(sizes))
    parts: list[list[int]] = [[]]
    for size in sizes:
        if sum(parts[-1]) + size > each:
            parts.append([])
        parts[-1].append(size)
    return len(parts)


near_the_edges = st.lists(
    st.one_of(
        st.sampled_from(["a", "€", "茶", "😀", "[", "é", "`", "\t"]).flatmap(
            lambda char: st.integers(1, 170).map(lambda times: char * times)
        ),
        st.text(max_size=5),
    ),
    max_size=5,
).map("".join)


@given(near_the_edges, st.booleans())
def test_parts_are_what_an_independent_count_gives(text: str, gsm7: bool) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert sms_parts(text, gsm7=gsm7) == counted(text, gsm7=gsm7)


@given(
    st.text("茶a😀", min_size=1, max_size=150),
    st.text("林A", min_size=1, max_size=8),
    st.sampled_from(["", "拒收请回复R"]),
)
def test_signature_and_way_out_are_counted_and_paid_for(
    aliyun_with: Callable[[str, str], Channel], text: str, sign: str, added: str
) -> None:
    checked = aliyun_with(sign, added).check(replace(HELLO, text=text))
    parts = counted(f"【{sign}】{text}{added}", gsm7=False)
    assert (checked.parts, checked.cost) == (parts, parts * Decimal("0.045"))


@given(st.text(max_size=400))
def test_a_longer_text_never_takes_fewer_parts(text: str) -> None:
    assert sms_parts(text, gsm7=False) <= sms_parts(text + "x", gsm7=False)
    assert sms_parts(text) <= sms_parts(text, gsm7=False)


# --- the gateway ----------------------------------------------------------------------------------------------


def test_a_gateway_is_https_or_this_computer() -> None:
    for url in ("http://sms.example.com", "ftp://127.0.0.1", "sms.example.com", ""):
        with pytest.raises(CrmError, match="a gateway is an https address"):
            Gateway(url)


def test_what_was_not_sent_is_told_from_what_nobody_knows(serve: Serve) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    with Gateway(nobody) as gateway, pytest.raises(NotSentError, match="does not answer"):
        gateway.call("GET", "/", {})
    for says in (Says(late=True), Says(none=True), Says(body={"a": "b" * 50}, broken=True)):
        server = serve(lambda _asked, says=says: says)  # type: ignore[misc]
        with (
            Gateway(server.url, timeout=0.3 if says.late else 60) as gateway,
            pytest.raises(NoAnswerError, match="no answer from"),
        ):
            gateway.call("GET", "/", {})
        until(lambda server=server: server.asked)  # type: ignore[misc]
        assert len(server.asked) == 1


def test_a_connection_is_kept_and_one_that_was_closed_is_not_trusted(serve: Serve) -> None:
    server = serve(lambda _asked: Says(headers={} if len(server.asked) < 3 else {"Connection": "close"}))
    with Gateway(server.url) as gateway:
        for _number in range(3):
            assert gateway.call("GET", "/", {}).json() == {}
        assert server.connections == 1
        gateway.call("GET", "/", {})
        assert gateway.call("GET", "/", {}).status == 200
    assert server.connections >= 2


# --- Alibaba Cloud --------------------------------------------------------------------------------------------


def test_the_signature_is_the_one_of_the_vendor_s_own_example() -> None:
    from crm_channels.sms_aliyun.signing import authorization, canonical_query

    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-version": "2014-05-26",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    query = canonical_query(
        {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    )
    assert authorization("POST", query, headers, "YourAccessKeyId", "YourAccessKeySecret").endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def signed_by_aliyun_s_rules(asked: Asked) -> bool:
    """The server's own reading of the rules, from the request as it arrived."""
    words = asked.headers["authorization"].removeprefix("ACS3-HMAC-SHA256 ").split(",")
    given_ = dict(word.split("=", 1) for word in words)
    names = given_["SignedHeaders"].split(";")
    if not {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce"} <= set(names):
        return False
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(asked.values.items())
    )
    lines = "".join(f"{name}:{asked.headers[name]}\n" for name in sorted(names))
    body = hashlib.sha256(asked.body).hexdigest()
    text = "\n".join([asked.method, asked.path, query, lines, ";".join(sorted(names)), body])
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(text.encode()).hexdigest()
    expected = hmac.new(KEYS["key_secret"].encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    moment = datetime.strptime(asked.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    fresh = abs((datetime.now(UTC) - moment).total_seconds()) < 900
    return (
        fresh
        and given_["Credential"] == KEYS["key_id"]
        and hmac.compare_digest(given_["Signature"], expected)
    )


def aliyun(asked: Asked) -> Says:
    """Answers by the last digit of the number."""
    if not signed_by_aliyun_s_rules(asked):
        return Says(400, {"Code": "SignatureDoesNotMatch", "Message": "signature"})
    number = asked.values.get("PhoneNumbers", "")
    if asked.headers["x-acs-action"] != "SendSms":
        return Says(body={"Code": "OK", "Message": "OK"})
    return {
        "1": Says(body={"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "bad"}),
        "2": Says(body={"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "slow"}),
        "3": Says(503, {"Code": "ServiceUnavailable"}),
        "4": Says(500, {"Code": "InternalError", "Message": "oops"}),
        "5": Says(late=True),
        "6": Says(none=True),
        "7": Says(200, b"<html>"),
        "8": Says(body={"Code": "isv.AMOUNT_NOT_ENOUGH", "Message": "no money"}),
    }.get(number[-1], Says(body={"Code": "OK", "BizId": f"biz-{asked.values['OutId']}"}))


def to(digit: int) -> Outgoing:
    return replace(HELLO, key=f"k{digit}", to=f"+861380013800{digit}")


def test_aliyun_answers_and_silence(channel: Make, serve: Serve) -> None:
    server = serve(aliyun)
    settings = {"url": server.url, "sign": "小林茶铺", "templates": TEMPLATES}
    made = channel("sms_aliyun", **settings)
    receipts = by_key(sent(made, [HELLO, *(to(digit) for digit in range(1, 10) if digit != 5)], KEYS))
    hasty = channel("sms_aliyun", **settings, timeout=0.3)
    receipts |= by_key(sent(hasty, [to(5)], KEYS))
    until(lambda: [one for one in server.asked if one.values.get("PhoneNumbers", "")[-1:] == "5"])
    assert receipts["k/1"] == Receipt("k/1", "accepted", "biz-k/1", cost=Decimal("0.045"))
    assert receipts["k1"] == Receipt("k1", "failed", detail="isv.MOBILE_NUMBER_ILLEGAL bad", bad_address=True)
    assert receipts["k2"] == Receipt(
        "k2", "failed", detail="isv.BUSINESS_LIMIT_CONTROL slow", retry_after=3600
    )
    assert receipts["k3"] == Receipt("k3", "failed", detail="ServiceUnavailable", retry_after=60)
    assert [receipts[f"k{one}"].state for one in (4, 5, 6, 7)] == ["unknown"] * 4
    assert receipts["k8"].retry_after == 3600
    assert receipts["k9"].state == "accepted"
    assert (
        len([one for one in server.asked if one.values.get("PhoneNumbers", "")[-1:] == "5"]) == 1
    )  # never again
    first = server.asked[0].values
    assert first["PhoneNumbers"] == "13800138000"
    assert (first["SignName"], first["TemplateCode"], first["OutId"]) == ("小林茶铺", "SMS_1", "k/1")
    assert json.loads(first["TemplateParam"]) == {"name": "小雨", "goods": "面霜", "offer": "满200减30"}


def test_a_wrong_key_is_refused_and_not_told(channel: Make, serve: Serve) -> None:
    made = channel("sms_aliyun", url=serve(aliyun).url, sign="x", templates=TEMPLATES)
    [receipt] = sent(made, [HELLO], {**KEYS, "key_secret": "wrong-88120"})
    assert (receipt.state, receipt.detail) == ("failed", "SignatureDoesNotMatch signature")
    with _given(made, KEYS):
        assert made.probe().endswith(": OK OK")
    with (
        _given(made, {**KEYS, "key_secret": "wrong-88120"}),
        pytest.raises(CrmError, match="SignatureDoesNotMatch"),
    ):
        made.probe()


def test_a_gateway_that_is_not_there_has_sent_nothing(channel: Make) -> None:
    made = channel("sms_aliyun", url="http://127.0.0.1:9", sign="x", templates=TEMPLATES)
    [receipt] = sent(made, [HELLO], KEYS)
    assert (receipt.state, receipt.retry_after) == ("failed", 60)


def test_aliyun_checks_before_anything_is_paid(channel: Make) -> None:
    made = channel("sms_aliyun", sign="小林茶铺", templates=TEMPLATES, cost="0.05")
    assert made.check(HELLO).problems == []
    assert (made.check(HELLO).parts, made.check(HELLO).cost) == (1, Decimal("0.05"))
    long = replace(
        HELLO, text="雨" * 35 + "，" + "霜" * 25 + "快用完了，满减。拒收请回复R"
    )  # 6 for 【小林茶铺】
    assert len(long.text) + 6 > 70
    assert (made.check(long).parts, made.check(long).cost) == (2, Decimal("0.10"))
    reasons = {
        "【小林茶铺】" + HELLO.text: "the gateway adds the signature",
        "小雨，面霜快用完了，满200减30。": "a promotion must say how to stop it",
        "随便写写，拒收请回复R": "no approved template fits this text",
    }
    for text, reason in reasons.items():
        assert any(reason in one.shown for one in made.check(replace(HELLO, text=text)).problems), text
    adding = channel("sms_aliyun", sign="小林茶铺", templates={"S": "${a}春茶"}, adds_way_out="拒收请回复R")
    assert adding.check(replace(HELLO, text="小雨春茶")).problems == []
    assert "the signature is not set" in channel("sms_aliyun").check(HELLO).problems[0].shown
    service = replace(HELLO, text="您的包裹已发出", purpose="order")
    assert made.check(service).problems == []


@pytest.mark.parametrize("cost", ["abc", "", "-1", "NaN", "Infinity", "1e400"])
def test_a_price_that_is_none(cost: str) -> None:
    from crmcore import checked_price

    with pytest.raises(ValueError, match="cost is an amount of 0 or more"):
        checked_price("cost", cost)


def test_only_mainland_mobiles(channel: Make) -> None:
    made = channel("sms_aliyun")
    found = made.address([Contact("phone", "+14155550100")])
    assert found is not None
    assert "no mobile of the Chinese mainland" in found.problem
    assert made.address([Contact("email", "a@b.example")]) is None
    assert (made.consent_name, made.personal) == ("sms", True)


def test_aliyun_receipts_are_fetched_one_by_one(channel: Make, serve: Serve) -> None:
    rows = {
        "b1": {"SendStatus": 3, "ErrCode": "DELIVERED", "OutId": "k1", "ReceiveDate": "2026-03-05 10:00:00"},
        "b2": {
            "SendStatus": 2,
            "ErrCode": "MOBILE_NOT_ON_SERVICE",
            "OutId": "k2",
            "ReceiveDate": "2026-03-05 10:00:01",
        },
        "b3": {"SendStatus": 1, "OutId": "k3"},
        "b4": {
            "SendStatus": 2,
            "ErrCode": "USER_REJECT",
            "OutId": "k4",
            "ReceiveDate": "2026-03-05 10:00:01",
        },
        "b5": {"SendStatus": 3, "OutId": "somebody else's"},
    }

    def answer(asked: Asked) -> Says:
        assert signed_by_aliyun_s_rules(asked)
        row = rows[asked.values["BizId"]]
        return Says(body={"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [row]}})

    server = serve(answer)
    made = channel("sms_aliyun", url=server.url)
    at = 1_772_676_000
    waiting = [Sent(f"k{one}", f"+861380013800{one}", f"b{one}", at + one) for one in (5, 4, 3, 2, 1)]
    with _given(made, KEYS):
        found = made.fetch("x", waiting)
    assert found.events == [
        Happened("delivered", at, key="k1"),
        Happened(
            "bounced",
            at + 1,
            key="k2",
            address="+8613800138002",
            text="MOBILE_NOT_ON_SERVICE",
            permanent=True,
        ),
        Happened("unsubscribed", at + 1, key="k4", address="+8613800138004", text="USER_REJECT"),
    ]
    assert server.asked[0].values["SendDate"] == "20260305"


def test_receipts_that_cannot_be_fetched_are_no_good_news(channel: Make, serve: Serve) -> None:
    at = 1_772_676_000
    made = channel("sms_aliyun", url=serve(aliyun).url, sign="x", templates=TEMPLATES)
    with (
        _given(made, {**KEYS, "key_secret": "wrong-88120"}),
        pytest.raises(CrmError, match="SignatureDoesNotMatch"),
    ):
        made.fetch("", [Sent("k1", "+8613800138001", "b1", at)])
    other = channel("sms_twilio", url=serve(twilio).url, sender="MG1")
    with (
        _given(other, {**ACCOUNT, "auth_token": "wrong-8837"}),
        pytest.raises(CrmError, match="401 Authenticate"),
    ):
        other.fetch("", [Sent("k1", "+14155550101", "SM1", at)])


# --- answers of customers, from Alibaba Cloud's queue ----------------------------------------------------------


class Queue:
    """A queue that hides what it gave until `later`, and gives it again until it is deleted."""

    def __init__(self, *answers: dict[str, object]) -> None:
        self.bodies = {f"m{number}": json.dumps(one) for number, one in enumerate(answers)}
        self.hidden: set[str] = set()
        self.wrong = ""

    def later(self) -> None:
        self.hidden.clear()

    def __call__(self, asked: Asked) -> Says:
        if asked.headers.get("x-acs-action") == "QueryTokenForMnsQueue":
            assert signed_by_aliyun_s_rules(asked)
            assert asked.values == {"MessageType": "SmsUp", "QueueName": "Alicom-Queue-1-SmsUp"}
            return Says(body={"Code": "OK", "MessageTokenDTO": TOKEN})
        assert asked.path == "/queues/Alicom-Queue-1-SmsUp/messages"
        assert asked.headers["security-token"] == TOKEN["SecurityToken"]
        if not self.signed(asked):
            return Says(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        if asked.method == "DELETE":
            self.bodies.pop(asked.values["ReceiptHandle"].removeprefix("handle+"))
            return Says(204, b"")
        if self.wrong:
            return Says(200, self.wrong.encode())
        given_ = [name for name in self.bodies if name not in self.hidden][
            : int(asked.values["numOfMessages"])
        ]
        self.hidden |= set(given_)
        if not given_:
            return Says(
                404, b"<Error xmlns='http://mns.aliyuncs.com/doc/v1/'><Code>MessageNotExist</Code></Error>"
            )
        rows = "".join(
            f"<Message><MessageId>{name}</MessageId><ReceiptHandle>handle+{name}</ReceiptHandle>"
            f"<MessageBody>{base64.b64encode(self.bodies[name].encode()).decode()}</MessageBody></Message>"
            for name in given_
        )
        return Says(200, f"<Messages xmlns='http://mns.aliyuncs.com/doc/v1/'>{rows}</Messages>".encode())

    @staticmethod
    def signed(asked: Asked) -> bool:
        """The server's own reading of the rules for queues."""
        resource = f"{asked.path}?{asked.query}"
        lines = "".join(f"{n}:{v}\n" for n, v in sorted(asked.headers.items()) if n.startswith("x-mns-"))
        text = (
            f"{asked.method}\n\n{asked.headers['content-type']}\n{asked.headers['date']}\n{lines}{resource}"
        )
        right = base64.b64encode(hmac.new(b"temporary-secret", text.encode(), hashlib.sha1).digest()).decode()
        return asked.headers["authorization"] == f"MNS STS.temporary:{right}"


TOKEN = {
    "AccessKeyId": "STS.temporary",
    "AccessKeySecret": "temporary-secret",
    "SecurityToken": "tok/77123==",
}


def test_the_signature_for_queues_is_the_one_of_a_worked_example() -> None:
    from crm_channels.sms_aliyun.signing import queue_signature

    headers = {"Date": "Thu, 09 Jul 2015 03:01:34 GMT", "x-mns-version": "2015-06-06"}
    # The vendor prints all but its last four signs.
    assert queue_signature("GET", "/MyQueue", headers, "TestAccessSecret").startswith(
        "uwx3yeWoILzgmvesW0BQSgfM"
    )


def test_answers_are_told_once_and_leave_the_queue_when_they_are_kept(channel: Make, serve: Serve) -> None:
    at = "2026-03-05 10:00:00"
    queue = Queue(
        {"phone_number": "13800138000", "content": "TD", "send_time": at, "sequence_id": 1.0},
        {"phone_number": "8613800138001", "content": "还有货吗", "send_time": at},
        {"phone_number": "13800138002", "content": "Ｒ", "send_time": "soon"},
        {"content": "nobody's"},
        {"phone_number": "85291234567", "content": "好", "send_time": at},
        *({"phone_number": f"1390013{n:04d}", "content": "好", "send_time": at} for n in range(20)),
    )
    queue.bodies["deep"] = "[" * 100_000
    url = serve(queue).url
    made = channel("sms_aliyun", tokens_url=url, queues_url=url, replies_queue="Alicom-Queue-1-SmsUp")
    with _given(made, KEYS):
        first = made.fetch("", ())
        assert [(one.what, one.address) for one in first.events[:4]] == [
            ("unsubscribed", "+8613800138000"),
            ("replied", "+8613800138001"),
            ("unsubscribed", "+8613800138002"),
            ("replied", "+85291234567"),
        ]
        assert (first.events[0].at, len(first.events)) == (1_772_676_000, 24)
        assert len(queue.bodies) == 26  # the shop may die now: nothing is lost
        assert made.fetch(first.cursor, ()).events == []  # still hidden
        queue.later()
        second = made.fetch(first.cursor, ())
        assert (list(second.events), queue.bodies) == ([], {})
        queue.bodies["new"] = json.dumps({"phone_number": "13800138009", "content": "退订", "send_time": at})
        assert [one.what for one in made.fetch(second.cursor, ()).events] == ["unsubscribed"]


@pytest.mark.parametrize("wrong", ["<html>", '<!DOCTYPE x [<!ENTITY a "b">]><Messages>&a;</Messages>'])
def test_a_queue_that_cannot_be_read_says_so(channel: Make, serve: Serve, wrong: str) -> None:
    queue = Queue()
    queue.wrong = wrong
    url = serve(queue).url
    made = channel("sms_aliyun", tokens_url=url, queues_url=url, replies_queue="Alicom-Queue-1-SmsUp")
    with _given(made, KEYS), pytest.raises(CrmError, match="the queue of replies gave what cannot be read"):
        made.fetch("", ())
    another = {**TOKEN, "AccessKeySecret": "other"}
    refusing = serve(
        lambda asked: (
            Says(body={"Code": "OK", "MessageTokenDTO": another})
            if "x-acs-action" in asked.headers
            else queue(asked)
        )
    ).url
    made = channel(
        "sms_aliyun", tokens_url=refusing, queues_url=refusing, replies_queue="Alicom-Queue-1-SmsUp"
    )
    with _given(made, KEYS), pytest.raises(CrmError, match="403 SignatureDoesNotMatch"):
        made.fetch("", ())


@pytest.mark.parametrize(
    "text", ["TD", "td.", "退订", "Ｔ", "拒收", "别再发了", "STOP", "Unsubscribe!", " r "]
)
def test_a_whole_answer_that_asks_for_no_more(text: str) -> None:
    assert wants_no_more(text)


@pytest.mark.parametrize(
    "text", ["", "退订是怎么回事？", "stop by tomorrow?", "T恤有货吗", "不要紧，谢谢", "N" * 41]
)
def test_an_answer_that_says_something_else(text: str) -> None:
    assert not wants_no_more(text)


# --- Twilio ---------------------------------------------------------------------------------------------------


def twilio(asked: Asked) -> Says:
    signed = base64.b64encode(b"AC0001:token-77121").decode()
    if asked.headers.get("authorization") != f"Basic {signed}":
        return Says(401, {"code": 20003, "message": "Authenticate"})
    if asked.method == "GET":
        return Says(body={"status": "active"})
    assert asked.path == "/2010-04-01/Accounts/AC0001/Messages.json"
    return {
        "1": Says(400, {"code": 21211, "message": "invalid To"}),
        "2": Says(429, {"code": 20429, "message": "too many"}, {"Retry-After": "7"}),
        "3": Says(400, {"code": 21610, "message": "unsubscribed recipient"}),
        "4": Says(503, b"busy"),
        "5": Says(late=True),
    }.get(asked.form["To"][-1], Says(201, {"sid": f"SM{asked.form['To'][-4:]}", "num_segments": "2"}))


def test_twilio_answers_and_silence(channel: Make, serve: Serve) -> None:
    server = serve(twilio)
    settings = {"url": server.url, "sender": "+15005550006"}
    made = channel("sms_twilio", **settings)
    messages = [
        replace(HELLO, key=f"k{one}", to=f"+1415555010{one}", text="Hi, reply STOP to end")
        for one in range(6)
    ]
    receipts = by_key(sent(made, messages[:-1], ACCOUNT))
    receipts |= by_key(sent(channel("sms_twilio", **settings, timeout=0.3), messages[-1:], ACCOUNT))
    assert receipts["k0"] == Receipt("k0", "accepted", "SM0100", cost=Decimal("0.12"))
    assert receipts["k1"] == Receipt("k1", "failed", detail="21211 invalid To", bad_address=True)
    assert receipts["k2"] == Receipt("k2", "failed", detail="20429 too many", retry_after=7.0)
    assert receipts["k3"].bad_address
    assert [receipts[one].state for one in ("k4", "k5")] == ["unknown", "unknown"]
    assert server.asked[0].form == {
        "To": "+14155550100",
        "From": "+15005550006",
        "Body": "Hi, reply STOP to end",
    }
    with _given(made, ACCOUNT):
        assert made.probe().endswith("active")
    with (
        _given(made, {**ACCOUNT, "auth_token": "wrong-8837"}),
        pytest.raises(CrmError, match="401 Authenticate") as no,
    ):
        made.probe()
    assert "8837" not in str(no.value)


def test_twilio_checks(channel: Make) -> None:
    made = channel("sms_twilio", sender="+15005550006")
    assert (made.check(replace(HELLO, text="Reply STOP " + "a" * 150)).parts, made.check(HELLO).problems) == (
        2,
        [],
    )
    assert made.check(replace(HELLO, text="hi")).problems[0].shown.startswith("say how to stop it")
    assert (
        made.check(replace(HELLO, text="拒收" + "a" * 1600)).problems[0].shown
        == "longer than 1600 characters"
    )
    assert "the sender is not set" in channel("sms_twilio").check(HELLO).problems[0].shown
    with pytest.raises(CrmError, match="the sender is not set"):
        sent(channel("sms_twilio"), [HELLO], ACCOUNT)


def test_twilio_outcomes_and_replies(channel: Make, serve: Serve) -> None:
    date = "Thu, 05 Mar 2026 02:00:00 +0000"
    inbound = [
        {"sid": "IN1", "direction": "inbound", "from": "+14155550100", "body": "Stop!", "date_sent": date},
        {"sid": "IN2", "direction": "inbound", "from": "+14155550101", "body": "thanks", "date_sent": date},
        {"sid": "OUT", "direction": "outbound-api", "from": "+15005550006", "body": "hi", "date_sent": date},
    ]
    rows = {
        "SM1": {"status": "delivered", "date_updated": date},
        "SM2": {
            "status": "undelivered",
            "error_code": 30005,
            "error_message": "unknown",
            "date_updated": date,
        },
        "SM3": {"status": "sent"},
        "SM4": {"status": "failed", "error_code": 21610, "date_updated": date},
    }

    def answer(asked: Asked) -> Says:
        if asked.query:
            return Says(body={"messages": inbound})
        return Says(body=rows[asked.path.rpartition("/")[2].removesuffix(".json")])

    made = channel("sms_twilio", url=serve(answer).url, sender="+15005550006")
    at = 1_772_676_000
    with _given(made, ACCOUNT):
        found = made.fetch(
            "", [Sent(f"k{one}", f"+1415555010{one}", f"SM{one}", at + one) for one in range(1, 5)]
        )
        assert [(one.what, one.key or one.address) for one in found.events] == [
            ("delivered", "k1"),
            ("bounced", "k2"),
            ("unsubscribed", "k4"),
            ("unsubscribed", "+14155550100"),
            ("replied", "+14155550101"),
        ]
        assert (found.events[0].at, found.events[1].permanent) == (at, True)
        again = made.fetch(found.cursor, [])
        assert list(again.events) == []  # each is told once
        assert next(iter(made.fetch("no json", []).events)).what == "unsubscribed"


def test_twilio_answers_come_in_pages_to_every_number_of_a_service(channel: Make, serve: Serve) -> None:
    date = "Thu, 05 Mar 2026 02:00:00 +0000"
    down: list[str] = []

    def answer(asked: Asked) -> Says:
        if down:
            return Says(503, {"message": "down"})
        page, to = asked.values.get("Page", "0"), asked.values["To"]
        row = {
            "sid": f"{to}{page}",
            "direction": "inbound",
            "from": f"+1{page}",
            "body": "hi",
            "date_sent": date,
        }
        # Whatever host it names: the next page is asked of the gateway that is set.
        following = {"0": f"https://evil.example/x?To={quote(to)}&Page=1"}.get(page)
        return Says(body={"messages": [row], "next_page_uri": following})

    server = serve(answer)
    made = channel("sms_twilio", url=server.url, sender="MG1", numbers=["+15005550006", "+15005550007"])
    with _given(made, ACCOUNT):
        first = made.fetch("", [])
        assert len(first.events) == 4
        assert {one.path for one in server.asked} == {"/2010-04-01/Accounts/AC0001/Messages.json"}
        down.append("now")
        with pytest.raises(CrmError, match="503 down"):
            made.fetch(first.cursor, [])
        down.clear()
        assert list(made.fetch(first.cursor, []).events) == []
    with _given(unset := channel("sms_twilio", url=server.url, sender="MG1"), ACCOUNT):
        assert unset.fetch("", []).events == []
