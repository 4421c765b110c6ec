"""Text messages by Twilio: every answer, outcomes and replies."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from urllib.parse import quote

import pytest

from crmcore import CrmError, Receipt, Sent
from crmcore.hooks.channel_jobs import _given
from tests.channels.conftest import Make, by_key, sent
from tests.channels.http_server import Asked, Says
from tests.channels.sms import ACCOUNT, HELLO, Serve, twilio


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


def test_outcomes_that_cannot_be_fetched_are_no_good_news(channel: Make, serve: Serve) -> None:
    at = 1_772_676_000
    made = channel("sms_twilio", url=serve(twilio).url, sender="MG1")
    with (
        _given(made, {**ACCOUNT, "auth_token": "wrong-8837"}),
        pytest.raises(CrmError, match="401 Authenticate"),
    ):
        made.fetch("", [Sent("k1", "+14155550101", "SM1", at)])
