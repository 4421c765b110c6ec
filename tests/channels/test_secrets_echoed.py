"""Servers that repeat the password they were given: it is in nothing that leaves a channel's process."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from crmcore import CrmError, Outgoing
from crmcore.hooks import channel_jobs
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.guard import reason_of
from crmcore.hooks.manager import PluginManager
from tests.channels.http_server import Asked, HttpServer, Says

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr'")  # Apprise on Python 3.11 and 3.12
SECRET = "geheim/8837+x"
FORMS = (SECRET, "geheim%2F8837%2Bx", base64.b64encode(SECRET.encode()).decode())
HELLO = Outgoing("k-1", "+8613800138000", "service", "您的包裹已发出", "hi")
Lines = Callable[[str], str]


@pytest.fixture
def talking() -> Iterator[Callable[[str, Lines], int]]:
    """A server that greets and answers each line as `says` has it; its port."""
    made: list[socketserver.ThreadingTCPServer] = []

    def start(greeting: str, says: Lines) -> int:
        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(f"{greeting}\r\n".encode())
                for line in self.rfile:
                    if answer := says(line.decode().strip()):
                        self.wfile.write(f"{answer}\r\n".encode())

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        server.daemon_threads = True
        made.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return int(server.server_address[1])

    yield start
    for one in made:
        one.shutdown()
        one.server_close()


def told(plugin: str, secrets: Mapping[str, str], **settings: Any) -> str:
    """Everything that a channel says while it sends, is tried and fetches, as its process hands it on."""
    config = PluginConfig(settings={plugin: settings}, only=frozenset([plugin]), write_log=False)
    manager = PluginManager.load(config)
    waiting = [[HELLO]]

    def more(_name: str, _args: tuple[Any, ...]) -> list[Outgoing]:
        return waiting.pop() if waiting else []

    said = []
    for act in (
        lambda: list(channel_jobs.send(manager, plugin, more, plugin, secrets, None)),
        lambda: list(channel_jobs.probe(manager, plugin, plugin, secrets)),
        lambda: list(channel_jobs.fetch(manager, plugin, plugin, secrets, "", ())),
    ):
        try:
            said.append(repr(act()))
        except CrmError as error:
            said.append(str(error))
        except Exception as error:  # noqa: BLE001 - what the process tells of any other
            said.append(reason_of(error, private=True))
    return "\n".join(said)


def mail_server(line: str) -> str:
    """It takes the sign-in, and repeats the password in all that it says of a mail."""
    word = line.upper()
    if word.startswith("EHLO"):
        return "250-here\r\n250 AUTH PLAIN"
    if word.startswith("AUTH"):
        return f"235 welcome, {SECRET}"
    if word.startswith("RCPT"):
        return f"550 5.7.1 {SECRET} {FORMS[2]} may not"
    return "221 bye" if word == "QUIT" else "250 OK"


def refusing(line: str) -> str:
    return f"535 5.7.8 {SECRET} is wrong" if line.upper().startswith("AUTH") else mail_server(line)


class Taking:
    """It takes the mail, and its number for it holds the password."""

    def __init__(self) -> None:
        self.mail = False

    def __call__(self, line: str) -> str:
        if self.mail:
            self.mail = line != "."
            return "" if self.mail else f"250 queued as {SECRET}"
        self.mail = line == "DATA"
        return "354 go on" if self.mail else "250 OK" if line.startswith("RCPT") else mail_server(line)


def imap_server(line: str) -> str:
    tag, _blank, command = line.partition(" ")
    if command.startswith("CAPABILITY"):
        return f"* CAPABILITY IMAP4rev1\r\n{tag} OK done"
    return f"{tag} NO {SECRET} is wrong"


@pytest.mark.parametrize("server", [mail_server, refusing, Taking()])
def test_a_mail_server_that_repeats_the_password(talking: Callable[[str, Lines], int], server: Lines) -> None:
    settings = {
        "host": "127.0.0.1", "port": talking("220 here", server), "security": "none", "sender": "a@b.example",
        "user": "a", "timeout": 5.0, "connections": 1, "imap_host": "127.0.0.1", "imap_security": "none",
        "imap_port": talking("* OK here", imap_server),
    }  # fmt: skip
    said = told("email", {"password": SECRET}, **settings)
    assert not [form for form in FORMS if form in said], said
    assert "***" in said or "refuses the sign-in" in said


def test_gateways_that_repeat_keys_and_tokens() -> None:
    def answer(asked: Asked) -> Says:
        text = f"{SECRET} {FORMS[1]} {asked.headers.get('authorization', '')} is wrong"
        return Says(401, {"Code": f"isv.{SECRET}", "Message": text, "code": 20003, "message": text})

    server = HttpServer(answer)
    port = server.url.rpartition(":")[2]
    try:
        twilio = {"account_sid": "AC0001", "auth_token": SECRET}
        said = told("sms_twilio", twilio, url=server.url, sender="+15005550006")
        aliyun = {"url": server.url, "tokens_url": server.url, "queues_url": server.url, "replies_queue": "q"}
        keys = {"key_id": "LTAI-public", "key_secret": SECRET}
        said += told("sms_aliyun", keys, sign="x", templates={"S": HELLO.text}, **aliyun)
        said += told("apprise", {"url": f"json://127.0.0.1:{port}/{FORMS[1]}"})
        said += told("apprise", {"url": f"nonsense-{SECRET}"})
    finally:
        server.stop()
    signed = base64.b64encode(f"AC0001:{SECRET}".encode()).decode()
    assert not [form for form in (*FORMS, signed) if form in said], said
    assert said.count("***") >= 4
