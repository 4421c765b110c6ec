"""Mail over real SMTP servers: what arrives, what each answer and each break of the line is taken for."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from crmcore import CrmError, Outgoing, PluginFailure, Receipt
from tests.channels.conftest import Make, by_key, sent
from tests.channels.mail_server import PASSWORD, USER, Desk, Server
from tests.waiting import until

HELLO = Outgoing(
    "k-1",
    "rain@example.com",
    "promotion",
    "小雨，\n春茶到了。\n.点开头的行",
    "春茶到了！",
    "<p>小雨</p>",
    "林小雨",
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    """In the clear, on this computer."""
    running = Server(desk)
    yield running
    running.stop()


@pytest.fixture
def settings(server: Server) -> dict[str, object]:
    return {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "sender": "shop@example.com",
        "sender_name": "小林茶铺",
        "timeout": 60.0,
        "connections": 1,
    }


def to(name: str) -> Outgoing:
    return replace(HELLO, key=name, to=f"{name}@example.com")


def test_a_mail_arrives_as_it_was_meant(channel: Make, settings, desk: Desk) -> None:
    url = "https://shop.example/u?k={key}"
    [receipt] = sent(channel("email", **settings, unsubscribe_url=url), [HELLO])
    assert (receipt.state, receipt.reference) == ("accepted", "2.0.0 OK queued as Q-1")
    [mail] = desk.mails
    assert not mail.defects
    assert not [one for part in mail.walk() for one in part.defects]
    assert (mail["Subject"], mail["From"].addresses[0].display_name) == ("春茶到了！", "小林茶铺")
    assert (mail["To"].addresses[0].display_name, mail["To"].addresses[0].addr_spec) == (
        "林小雨",
        "rain@example.com",
    )
    assert mail["Message-ID"] == "<crm.k-1@example.com>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].split(",")[0] == "<https://shop.example/u?k=k-1>"
    assert "mailto:shop@example.com?subject=unsubscribe%20crm.k-1%40example.com" in mail["List-Unsubscribe"]
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text == HELLO.text + "\n\n-- \n不想再收到？回复“退订”即可。"
    assert mail.get_body(("html",)).get_content().startswith("<p>小雨</p><hr>")
    assert all(len(line) <= 998 for line in desk.raw[0].split(b"\r\n"))


def test_only_promotion_has_a_way_out_and_no_second_one(channel: Make, settings, desk: Desk) -> None:
    made = channel("email", **settings)
    service = replace(HELLO, key="s", purpose="service")
    own = replace(HELLO, key="o", text="不想收？退订请回复", html="<a href='#'>unsubscribe</a>")
    hers = replace(HELLO, key="h", unsubscribe="https://other.example/x", html="")
    sent(made, [service, own, hers])
    first, second, third = desk.mails
    assert first["List-Unsubscribe"] is None
    assert "回复“退订”" not in first.get_body(("plain",)).get_content()
    assert "-- " not in second.get_body(("plain",)).get_content()
    assert second["List-Unsubscribe-Post"] is None  # a mailto alone is no one-click address
    assert third["List-Unsubscribe"].startswith("<https://other.example/x>,")
    assert third.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    "trick",
    [
        {"subject": "hi\r\nBcc: all@example.com"},
        {"name": "x\r\nBcc: all@example.com"},
        {"name": '"; <evil@example.com>, "'},
        {"subject": "=?utf-8?q?Bcc=3A?="},
        {"unsubscribe": "https://x.example/\r\nBcc: all@example.com"},
        {"unsubscribe": "javascript:alert(1)"},
        {"key": "a\r\nBcc: all@example.com"},
        {"text": "\r\n.\r\nMAIL FROM:<evil@example.com>\r\n"},
    ],
)
def test_nothing_in_a_message_becomes_a_header_or_a_command(
    channel: Make, settings, desk: Desk, trick
) -> None:
    [receipt] = sent(channel("email", **settings), [replace(HELLO, **trick)])
    assert receipt.state == "accepted"
    [mail] = desk.mails
    assert mail["Bcc"] is None
    assert [one.addr_spec for one in mail["To"].addresses] == ["rain@example.com"]
    assert "evil" not in str(mail["From"]) + str(mail["List-Unsubscribe"]) + str(mail["Reply-To"])
    assert "javascript" not in str(mail["List-Unsubscribe"])
    assert not mail.defects


ANSWERS = {
    "rain": Receipt("rain", "accepted", "2.0.0 OK queued as Q-1"),
    "nobody": Receipt("nobody", "failed", detail="recipient: 550 5.1.1 no such user here", bad_address=True),
    "oldnobody": Receipt("oldnobody", "failed", detail="recipient: 550 user unknown", bad_address=True),
    "policy": Receipt("policy", "failed", detail="recipient: 550 5.7.1 not from you"),
    "busy": Receipt("busy", "failed", detail="recipient: 450 4.2.0 greylisted, come again", retry_after=900),
    "closing": Receipt("closing", "failed", detail="recipient: 421 4.3.2 closing", retry_after=900),
    "cutearly": Receipt("cutearly", "failed", detail="the line broke: it hung up", retry_after=900),
    "spam": Receipt("spam", "failed", detail="mail: 554 5.7.1 spam"),
    "full": Receipt("full", "failed", detail="mail: 452 4.2.2 mailbox full", retry_after=900),
    "cutlate": Receipt("cutlate", "unknown", detail="no answer to the mail: it hung up"),
    "lost": Receipt("lost", "unknown", detail="no answer to the mail: it hung up"),
}


def test_each_answer_is_told_for_what_it_is_and_the_next_mail_goes_out(
    channel: Make, settings, desk: Desk
) -> None:
    made = channel("email", **settings)
    receipts = by_key(sent(made, [to(name) for name in (*ANSWERS, "last")]))
    assert {name: receipts[name] for name in ANSWERS} == ANSWERS
    assert receipts["last"].state == "accepted"
    assert sorted(desk.keys) == ["cutlate", "last", "rain"]  # never a second time


def test_who_does_not_answer_to_a_mail_may_have_taken_it(channel: Make, settings, desk: Desk) -> None:
    made, state = channel("email", **{**settings, "timeout": 0.5}), "failed"
    while state == "failed":  # on a busy machine it may be taken for silent before it has the mail
        with suppress(CrmError):
            [receipt] = sent(made, [to("slow")])
            state = receipt.state
    until(lambda: desk.keys)
    assert receipt == Receipt("slow", "unknown", detail="no answer to the mail: it took too long")
    assert desk.keys == ["slow"]  # never a second time


def test_many_go_over_few_lines_side_by_side_each_once(channel: Make, settings, desk: Desk) -> None:
    made = channel("email", **{**settings, "connections": 3, "per_connection": 20})
    messages = [to(f"m{number}") for number in range(100)]
    receipts = by_key(sent(made, messages))
    assert {one.state for one in receipts.values()} == {"accepted"}
    assert sorted(desk.keys) == sorted(one.key for one in messages)
    assert desk.at_once <= 3
    assert desk.connections >= 5  # each does its share and is opened anew


def test_a_message_is_taken_only_when_a_line_is_free(channel: Make, settings, desk: Desk) -> None:
    taken: list[str] = []

    def handed() -> Iterator[Outgoing]:
        for number in range(20):
            taken.append(f"m{number}")
            yield to(f"m{number}")

    receipts = channel("email", **{**settings, "connections": 2}).send(handed())
    for number, _receipt in enumerate(receipts, start=1):
        assert len(taken) <= number + 2


def test_a_server_that_is_not_there_takes_nothing(channel: Make, settings, server: Server) -> None:
    server.stop()
    taken: list[str] = []

    def handed() -> Iterator[Outgoing]:
        taken.append("one")
        yield HELLO

    with pytest.raises(CrmError, match=r"127\.0\.0\.1:.* does not answer"):
        list(channel("email", **settings).send(handed()))
    assert taken == []


@pytest.mark.parametrize("connections", [1, 3])
def test_a_server_that_goes_away_leaves_nothing_in_doubt(
    channel: Make, settings, server: Server, desk: Desk, connections: int
) -> None:
    made = channel("email", **{**settings, "connections": connections, "per_connection": 1})
    receipts: list[Receipt] = []

    def handed() -> Iterator[Outgoing]:
        for number in range(50):
            if number == 10:
                server.stop()
            yield to(f"m{number}")

    with pytest.raises(CrmError, match="does not answer"):
        receipts.extend(made.send(handed()))
    found = by_key(receipts)
    accepted = {key for key, one in found.items() if one.state == "accepted"}
    assert accepted == set(desk.keys)
    assert all(one.retry_after for one in found.values() if one.state == "failed")


def test_a_blocked_sender_stops_the_sending(channel: Make, settings) -> None:
    made = channel("email", **{**settings, "sender": "blocked@example.com"})
    receipts: list[Receipt] = []
    with pytest.raises(CrmError, match="the server refuses the sender"):
        receipts.extend(made.send(iter([to(f"m{number}") for number in range(10)])))
    assert [one.state for one in receipts] == ["failed"] * 3


def test_sign_in_and_encryption(
    channel: Make, settings, server_context: ssl.SSLContext, ca_file: Path
) -> None:
    for implicit in (True, False):
        desk = Desk()
        running = Server(desk, server_context, implicit=implicit, auth=True)
        secure = {
            **settings,
            "host": "localhost",
            "port": running.port,
            "security": "tls" if implicit else "starttls",
            "user": USER,
            "ca_file": str(ca_file),
        }
        try:
            [receipt] = sent(channel("email", **secure), [HELLO], {"password": PASSWORD})
            assert (receipt.state, desk.keys) == ("accepted", ["k-1"])
            with pytest.raises(CrmError, match=r"refuses the sign-in of shop@example.com \(535\)"):
                sent(channel("email", **secure), [HELLO], {"password": "wrong-8837"})
            with pytest.raises(CrmError, match="the certificate of localhost is not good"):
                sent(channel("email", **{**secure, "ca_file": ""}), [HELLO], {"password": PASSWORD})
            with pytest.raises(CrmError, match="crm secret set email_password"):
                sent(channel("email", **secure), [HELLO])
            with pytest.raises(CrmError, match=r"ca_file /nowhere\.pem cannot be read: No such file"):
                sent(
                    channel("email", **{**secure, "ca_file": "/nowhere.pem"}), [HELLO], {"password": PASSWORD}
                )
        finally:
            running.stop()
        assert len(desk.mails) == 1


def test_a_server_without_starttls_is_not_spoken_to_in_the_clear(channel: Make, settings, desk: Desk) -> None:
    with pytest.raises(CrmError, match="cannot do what is set"):
        sent(channel("email", **{**settings, "security": "starttls"}), [HELLO])
    assert desk.mails == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"host": "smtp.example.com", "security": "none"}, "only this computer is spoken to"),
        ({"unsubscribe_url": "http://x.example"}, "must begin with https"),
        ({"connections": 0}, "connections must be a number above 0"),
        ({"per_second": float("nan")}, "per_second must be a number above 0"),
        ({"per_second": 1e-320}, "per_second must be a number above 0"),
        ({"sender": "a@b.example\nBcc: x"}, "one line each"),
    ],
)
def test_settings_that_cannot_be(settings, change, reason: str) -> None:
    from crmcore.hooks.discovery import PluginConfig
    from crmcore.hooks.manager import PluginManager

    config = PluginConfig(
        settings={"email": {**settings, **change}}, only=frozenset(["email"]), write_log=False
    )
    [failure] = PluginManager.load(config).failures
    assert reason in failure.reason


def test_what_is_checked_before(channel: Make, settings) -> None:
    made = channel("email", **settings)
    assert not made.check(HELLO).problems
    assert [one.shown for one in made.check(replace(HELLO, subject="")).problems] == ["it has no subject"]
    assert [one.error for one in made.check(replace(HELLO, html="x" * 200_000)).problems] == [False]
    assert "not set up" in channel("email").check(HELLO).problems[0].shown
    assert (
        channel("email", **settings, footer="").check(HELLO).problems[0].shown
        == "it does not say how to unsubscribe"
    )


def test_it_can_be_tried_and_runs_in_its_process(worker, channel: Make, settings, desk: Desk) -> None:
    assert channel("email", **settings).probe().startswith("127.0.0.1: ")
    waiting = [[HELLO, to("cutlate")]]
    receipts = worker("email", **settings).send(
        "email", "email", {}, lambda: waiting.pop() if waiting else [], timeout=60
    )
    assert [one.state for one in receipts] == ["accepted", "unknown"]
    with pytest.raises(PluginFailure, match="not set up"):
        list(worker("email").send("email", "email", {}, lambda: [HELLO], timeout=60))
