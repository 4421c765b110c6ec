"""Mails that come back: what each is taken for, and a real IMAP server to read them from."""

from __future__ import annotations

import imaplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from hypothesis import example, given
from hypothesis import strategies as st

from crmcore import CrmError, Happened
from crmcore.campaigns import coming_back
from crmcore.hooks.channel_jobs import _given
from crmcore.records.sending import Reason
from tests.campaigns.conftest import World
from tests.channels.conftest import Make
from tests.channels.mail_server import Desk, Server
from tests.conftest import NOW

DOMAIN = "shop.example"
SETTINGS = {"host": "127.0.0.1", "security": "none", "sender": f"tea@{DOMAIN}"}
AT = 1_772_676_000


def happened(raw: str) -> list[Happened]:
    from crm_channels.email.bounces import happened_in

    return list(happened_in(raw.encode("utf-8", "surrogateescape"), AT, DOMAIN))


def report(action: str, status: str, original: str = f"Message-ID: <crm.k-1@{DOMAIN}>") -> str:
    """A delivery report of RFC 3464."""
    return f"""\
From: MAILER-DAEMON@mx.example
To: tea@{DOMAIN}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

This is the mail system. I'm sorry.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; Rain@Example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} whatever it was

--B
Content-Type: text/rfc822-headers

{original}
Subject: spring

--B--
"""


def reply(text: str, headers: str = f"In-Reply-To: <crm.k-1@{DOMAIN}>", subject: str = "Re: 春茶") -> str:
    return f"""\
From: =?utf-8?b?5bCP6Zuo?= <Rain@Example.com>
To: tea@{DOMAIN}
Subject: {subject}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
{headers}

{text}
"""


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        ("5.1.1", True),
        ("5.1.10", True),
        ("5.2.1", True),
        ("5.2.2", False),
        ("5.7.1", False),
        ("4.4.7", False),
    ],
)
def test_a_delivery_report_says_who_and_whether_for_good(status: str, permanent: bool) -> None:
    assert happened(report("failed", status)) == [
        Happened(
            "bounced",
            AT,
            key="k-1",
            address="rain@example.com",
            text=f"{status} smtp; 550 {status} whatever it was",
            permanent=permanent,
        )
    ]


def test_delivered_is_told_and_delayed_is_no_news() -> None:
    assert [one.what for one in happened(report("delivered", "2.1.5"))] == ["delivered"]
    assert happened(report("delayed", "4.4.1")) == []


def test_a_bounce_that_names_no_message_of_ours_is_not_believed() -> None:
    assert happened(report("failed", "5.1.1", "Message-ID: <123@other.example>")) == []
    assert happened(report("failed", "5.1.1", "Message-ID: <crm.k-1@other.example>")) == []


def test_a_bounce_in_a_form_of_its_own() -> None:
    qmail = f"""\
From: MAILER-DAEMON@mx.example
Subject: failure notice
Return-Path: <>

Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<gone@example.com>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: <crm.k-9@{DOMAIN}>
"""
    assert [(one.what, one.key, one.address, one.permanent) for one in happened(qmail)] == [
        ("bounced", "k-9", "gone@example.com", True)
    ]


def test_a_complaint() -> None:
    complaint = report("failed", "5.1.1").replace("delivery-status; b", "feedback-report; b")
    assert [(one.what, one.key) for one in happened(complaint)] == [("complained", "k-1")]


def test_a_reply_brings_her_own_words() -> None:
    [found] = happened(reply("还有货吗？\n\n> 春茶到了\n> 快来"))
    assert found == Happened("replied", AT, key="k-1", address="rain@example.com", text="还有货吗？")
    [found] = happened(reply("好的\n在 2026年3月5日，茶铺 <tea@shop.example> 写道：\n春茶"))
    assert found.text == "好的"
    assert happened(reply("你好", headers="X-Nothing: 1")) == []  # a mail that has to do with no message


@pytest.mark.parametrize(
    ("headers", "subject"),
    [
        ("Auto-Submitted: auto-replied", "Re: 春茶"),
        ("X-Autoreply: yes", "Re: 春茶"),
        ("Precedence: auto_reply", "Re: 春茶"),
        ("X-Auto-Response-Suppress: All", "Re: 春茶"),
        ("X-Nothing: 1", "=?utf-8?b?6Ieq5Yqo5Zue5aSN77ya5pil6Iy2?="),
        ("X-Nothing: 1", "Automatic reply: tea"),
        ("X-Nothing: 1", "Out of Office: tea"),
    ],
)
def test_replies_of_machines_are_told_apart(headers: str, subject: str) -> None:
    [found] = happened(reply("我在休假", f"In-Reply-To: <crm.k-1@{DOMAIN}>\n{headers}", subject))
    assert (found.what, found.machine) == ("replied", True)


@pytest.mark.parametrize(
    "text",
    [
        "退订",
        "“退订”",
        "TD",
        "unsubscribe",
        "Stop!",
        "取消订阅\n\n> 春茶",
        "退订\n\n发自我的 iPhone",
        "Unsubscribe\nSent from my phone",
        "退订\n谢谢，王",
    ],
)
def test_a_wish_to_stop(text: str) -> None:
    [found] = happened(reply(text))
    assert (found.what, found.key, found.address) == ("unsubscribed", "k-1", "rain@example.com")
    assert [one.what for one in happened(reply("退订是怎么回事？我要买"))] == ["replied"]


def test_the_button_of_a_mail_program() -> None:
    [found] = happened(reply("", "X-Nothing: 1", f"unsubscribe crm.k-1@{DOMAIN}"))
    assert (found.what, found.key) == ("unsubscribed", "k-1")


def test_keys_of_every_form_come_back() -> None:
    from crm_channels.email.writing import keys_in, message_id

    for key in ("k-1", "12.34.5", "活动/7 步", "x-66", "a b<c>"):
        assert keys_in(f"<{message_id(key, DOMAIN)}>", DOMAIN) == [key]


@given(
    st.binary(max_size=400), st.sampled_from([report("failed", "5.1.1"), reply("hi")]), st.integers(0, 300)
)
@example(b"\x80\r", report("failed", "5.1.1"), 20)
def test_no_mail_ends_the_reading(noise: bytes, whole: str, where: int) -> None:
    from crm_channels.email.bounces import happened_in

    raw = whole.encode()
    for one in happened_in(raw[:where] + noise + raw[where + len(noise) :], AT, DOMAIN):
        assert one.key or one.address


# --- a real server --------------------------------------------------------------------------------------------


@dataclass
class Box:
    port: int
    context: ssl.SSLContext

    def put(self, *mails: str) -> None:
        """What a mail server does: leave mails there."""
        with imaplib.IMAP4("localhost", self.port) as imap:
            imap.starttls(self.context)
            imap.login("demouser", "demopass")
            for mail in mails:
                imap.append("INBOX", "", imaplib.Time2Internaldate(time.time()), mail.encode())

    def unseen(self) -> int:
        with imaplib.IMAP4("localhost", self.port) as imap:
            imap.starttls(self.context)
            imap.login("demouser", "demopass")
            imap.select("INBOX", readonly=True)
            return len(imap.search(None, "UNSEEN")[1][0].split())


@pytest.fixture(scope="module")
def box(authority: trustme.CA, ca_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """An IMAP server with four mails that have nothing to do with us."""
    folder = tmp_path_factory.mktemp("imap")
    certificate = authority.issue_cert("localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "both.pem"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--cert",
        str(folder / "both.pem"),
        "--key",
        str(folder / "both.pem"),
    ]
    program = [sys.executable, "-c", "from pymap.main import main; main()"]
    with subprocess.Popen(
        [*program, *words, "dict", "--demo-data"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        for _try in range(2_000):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield Box(port, ssl.create_default_context(cafile=str(ca_file)))
        process.kill()


def test_the_mailbox_is_read_from_where_the_last_time_ended(channel: Make, box: Box, ca_file: Path) -> None:
    made = channel(
        "email",
        **SETTINGS,
        user="demouser",
        imap_host="localhost",
        imap_port=box.port,
        imap_security="starttls",
        ca_file=str(ca_file),
        timeout=60.0,
    )
    secrets = {"password": "no matter", "imap_password": "demopass"}
    with _given(made, secrets):
        first = made.fetch("", ())
        assert first.events == () or list(first.events) == []
        box.put(report("failed", "5.1.1"), reply("还有货吗？"), "Subject: spam\n\nbuy now")
        unseen = box.unseen()
        second = made.fetch(first.cursor, ())
        assert [one.what for one in second.events] == ["bounced", "replied"]
        assert abs(second.events[0].at - time.time()) < 120
        assert made.fetch(second.cursor, ()).events == [] == list(made.fetch(second.cursor, ()).events)
        assert box.unseen() == unseen  # nothing is marked as read
        # Another server, or the same one made anew: read once more, rather than not at all.
        assert len(made.fetch("7:999", ()).events) == 2
    with (
        _given(made, {"password": "wrong-8837"}),
        pytest.raises(CrmError, match=r"localhost \(IMAP\) cannot be read") as refused,
    ):
        made.fetch("", ())
    assert "8837" not in str(refused.value)


def test_its_certificate_is_checked(channel: Make, box: Box) -> None:
    made = channel(
        "email",
        **SETTINGS,
        imap_host="localhost",
        imap_port=box.port,
        imap_security="starttls",
        imap_user="demouser",
    )
    with (
        _given(made, {"imap_password": "demopass"}),
        pytest.raises(CrmError, match=r"certificate|self-signed|issuer"),
    ):
        made.fetch("", ())


def test_without_a_mailbox_there_is_no_news(channel: Make) -> None:
    assert channel("email", **SETTINGS).fetch("5:7", ()).cursor == "5:7"


def test_folders_of_chinese_providers() -> None:
    from crm_channels.email.reading import _quoted

    assert _quoted("INBOX") == '"INBOX"'
    assert _quoted("其他文件夹/退信") == '"&UXZO1mWHTvZZOQ-/&kABP4Q-"'
    assert _quoted("A&B") == '"A&-B"'


def test_a_no_by_mail_is_a_no_in_the_shop(
    world: World, box: Box, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the campaign over one server to her answer on the other, and to the next plan."""
    answers, complains, likes_it = (world.person(name) for name in ("A", "B", "C"))
    desk = Desk()
    server = Server(desk)
    monkeypatch.setenv("CRM_SECRET_EMAIL_IMAP_PASSWORD", "demopass")
    settings = {
        "port": server.port, "per_second": 1000, "imap_user": "demouser", "imap_host": "localhost",
        "imap_port": box.port, "imap_security": "starttls", "ca_file": ca_file,
    }  # fmt: skip
    world.shop.change_plugin_settings("email", {**SETTINGS, **{k: str(v) for k, v in settings.items()}})
    words = {"*": {"text": "#客户昵称#，春茶到了。退订请回复TD", "subject": "春茶"}}
    try:
        world.campaigns.send(world.campaign(channels=["email"], messages=words))
    finally:
        server.stop()
    ids = {key.split("-")[1]: f"Message-ID: <crm.{key}@{DOMAIN}>" for key in desk.keys}
    arf = report("failed", "5.1.1", ids[str(complains)]).replace("delivery-status; b", "feedback-report; b")
    answered = {who: ids[str(who)].replace("Message-ID", "In-Reply-To") for who in (answers, likes_it)}
    box.put(reply("退订\n\n发自我的手机", answered[answers]), arf, reply("好茶", answered[likes_it]))
    told = coming_back.fetch(world.shop, "email")
    assert [told.new[what] for what in ("unsubscribed", "complained", "replied")] == [1, 1, 1]
    world.go_to(NOW + 40 * 86_400)
    plan = world.campaigns.plan(world.campaign("next", channels=["email", "pigeon"]))
    assert (plan.chosen, plan.reasons) == (1, {Reason.REFUSED: 2})
