"""A real SMTP server whose answers depend on whom a mail is for: `busy@…` is put off, `nobody@…` is not there."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import re
import socket
import ssl
import threading
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.waiting import PATIENCE

USER, PASSWORD = "shop@example.com", "pass word-4711"


class Desk:
    """Takes mails and keeps them; `drops` says how many connections it breaks before they say a word."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.keys: list[str] = []  # of the mails that were taken, as our Message-IDs say them
        self.connections = 0
        self.at_once = 0
        self._open: set[Any] = set()

    async def handle_EHLO(  # noqa: N802 - as aiosmtpd calls them
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        self._open.add(session.peer)
        self.at_once = max(self.at_once, len(self._open))
        return responses

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._open.discard(session.peer)
        return "221 bye"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("blocked"):
            return "550 5.7.1 this account is blocked"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        name = address.partition("@")[0]
        answers = {
            "nobody": "550 5.1.1 no such user here",
            "oldnobody": "550 user unknown",
            "policy": "550 5.7.1 not from you",
            "busy": "450 4.2.0 greylisted, come again",
            "closing": "421 4.3.2 closing",
        }
        if name == "cutearly":
            server.transport.abort()
            return "250 OK"
        if name not in answers:
            envelope.rcpt_tos.append(address)
        return answers.get(name, "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name == "spam":
            return "554 5.7.1 spam"
        if name == "full":
            return "452 4.2.2 mailbox full"
        if name != "lost":
            assert isinstance(envelope.content, bytes)
            self.raw.append(envelope.content)
            found = re.search(rb"^Message-ID: <crm\.([^@]+)@", envelope.content, re.MULTILINE)
            assert found
            self.keys.append(found[1].decode())
            self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        if name in ("cutlate", "lost"):  # after the final dot: taken or not, the client cannot know
            server.transport.abort()
        if name == "slow":
            await asyncio.sleep(600)  # until its client is gone, or the server is stopped
        return "250 2.0.0 OK queued as Q-" + str(len(self.mails))


def sign_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


class Server:
    """A running server: in the clear, with STARTTLS, or with TLS from the first byte (`implicit`)."""

    def __init__(
        self, desk: Desk, context: ssl.SSLContext | None = None, *, implicit: bool = False, auth: bool = False
    ) -> None:
        options: dict[str, Any] = {"authenticator": sign_in, "auth_required": True} if auth else {}
        if context is not None and not implicit:
            options |= {"tls_context": context, "require_starttls": True}
        if auth and implicit:
            options |= {
                "auth_require_tls": False,
                "auth_required": False,
            }  # it does not know of the encryption
        self._loop = asyncio.new_event_loop()
        self._context = context if implicit else None
        self._transports: list[Any] = []
        self._sockets: list[socket.socket] = []  # each connection, from the moment it is taken
        self._entering: set[asyncio.Task[None]] = set()
        transports = self._transports

        class Session(SMTP):
            def connection_made(self, transport: Any) -> None:
                transports.append(transport)
                super().connection_made(transport)

        self._session = lambda: Session(desk, hostname="localhost", loop=self._loop, **options)
        # Not asyncio's server: closed with someone at the door, it drops his connection without closing it.
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._loop.add_reader(self._listener, self._take)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def _take(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            taken, _address = self._listener.accept()
            self._sockets.append(taken)
            entering = self._loop.create_task(self._let_in(taken))
            self._entering.add(entering)
            entering.add_done_callback(self._entering.discard)

    async def _let_in(self, taken: socket.socket) -> None:
        with contextlib.suppress(OSError):  # who hangs up meanwhile, or does not trust the certificate
            await self._loop.connect_accepted_socket(self._session, taken, ssl=self._context)

    def is_idle(self) -> bool:
        """Whether nobody is spoken to: every connection has come to its end."""

        async def others() -> int:
            return len(asyncio.all_tasks(self._loop)) - 1

        return asyncio.run_coroutine_threadsafe(others(), self._loop).result() == 0

    def stop(self) -> None:
        """Stop listening and break every connection, as a server does whose power is cut."""
        if self._loop.is_closed():
            return
        try:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(PATIENCE)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(60)
            self._loop.close()
            for one in self._sockets:
                one.close()

    async def _end(self) -> None:
        self._loop.remove_reader(self._listener)
        self._listener.close()
        # A handshake ends by this; and so does an encrypted line that was closed twice: it hears no abort.
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        if self._entering:  # cancelled, it would leave its connection open
            await asyncio.wait(self._entering)
        for transport in self._transports:
            transport.abort()
        ourselves = asyncio.current_task()
        for task in asyncio.all_tasks() - {ourselves}:
            task.cancel()
        while asyncio.all_tasks() != {ourselves} or any(one.fileno() >= 0 for one in self._sockets):
            await asyncio.sleep(0.01)
