"""Text messages by Alibaba Cloud: signed requests, every answer, receipts that are fetched."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from crmcore import Contact, CrmError, Happened, Outgoing, Receipt, Sent
from crmcore.hooks.channel_jobs import _given
from tests.channels.conftest import Make, by_key, sent
from tests.channels.http_server import Asked, Says
from tests.channels.sms import HELLO, KEYS, TEMPLATES, Serve, aliyun, signed_by_aliyun_s_rules
from tests.waiting import until


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
