"""Mails over SMTP: what the server answered to each, and what is known when it did not.

RFC 5321: a server owns a message when it has answered the final dot with 250, and not before. So whatever
breaks until the dot is out means "not sent"; what breaks between the dot and the answer means "nobody knows".
"""

from __future__ import annotations

import queue
import re
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

from crmcore import CrmError, Outgoing, Receipt, in_words

from . import trusting
from .writing import Writer

if TYPE_CHECKING:
    from . import Settings

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# Enhanced codes (RFC 3463) that speak of the address itself, and the words of servers without them.
_BAD_ADDRESS = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
_NOBODY = re.compile(
    r"user (unknown|not found)|unknown user|no such (user|recipient|mailbox)|mailbox not found|not exist|"
    r"invalid recipient|recipient (not found|rejected)|account.{0,20}(disabled|not exist)",
    re.IGNORECASE,
)
_REFUSED_IN_A_ROW = 3
# An address that needs nothing done to it; smtplib takes longer to look at one than for all the rest.
_BARE = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,255}")


class RefusedError(CrmError):
    """The server takes nothing from this account; the message says why."""


class Line:
    """One connection to the server, signed in; opened anew when it has done its share or broke."""

    def __init__(self, settings: Settings, password: str) -> None:
        self._settings = settings
        self._password = password
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0
        self.greeting = ""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def open(self) -> None:
        """Connect and sign in, where that is not done; raises `CrmError` with what is wrong."""
        if self._smtp is not None:
            return
        try:
            self._smtp = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            raise RefusedError(
                in_words(
                    {
                        "zh": f"服务器拒绝 {self._settings.user} 登录（{error.smtp_code}）",
                        "en": f"the server refuses the sign-in of {self._settings.user} ({error.smtp_code})",
                    }
                )
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise CrmError(
                in_words(
                    {
                        "zh": f"{self._settings.host} 的证书无效：{error.verify_message}",
                        "en": f"the certificate of {self._settings.host} is not good: {error.verify_message}",
                    }
                )
            ) from None
        except smtplib.SMTPNotSupportedError as error:
            raise CrmError(
                in_words(
                    {
                        "zh": f"{self._settings.host} 不支持这样的设置：{error}",
                        "en": f"{self._settings.host} cannot do what is set: {error}",
                    }
                )
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise CrmError(
                in_words(
                    {
                        "zh": f"{self._settings.host}:{self._settings.port} 没有响应：{_plain(error)}",
                        "en": f"{self._settings.host}:{self._settings.port} does not answer: {_plain(error)}",
                    }
                )
            ) from None
        self._sent = 0

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """What certificates are checked by; made once, for it reads every certificate of the system."""
        return trusting(self._settings.ca_file)

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout, context=self._context
            )
        else:
            smtp = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
        try:
            smtp.ehlo_or_helo_if_needed()
            if settings.security == "starttls":
                smtp.starttls(
                    context=self._context
                )  # raises where the server has no STARTTLS: never in the clear
                smtp.ehlo()
            if settings.user:
                smtp.login(settings.user, self._password)
        except BaseException:
            smtp.close()
            raise
        self.greeting = (smtp.ehlo_resp or b"").decode("ascii", "replace").partition("\n")[0][:100]
        return smtp

    def close(self) -> None:
        """Say good-bye, if anybody is there."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    def send(self, writer: Writer, message: Outgoing) -> Receipt:
        """Send one mail; raises `CrmError` only where nothing was begun: the connection cannot be made."""
        if self._sent >= self._settings.per_connection:
            self.close()
        self.open()
        assert self._smtp is not None
        self._sent += 1
        dotted = False
        try:
            body = _dot_stuffed(writer.written(message))
            if refusal := self._envelope(self._smtp, writer.sender, message.to):
                return self._receipt(message, *refusal)
            self._smtp.send(body)
            dotted = True
            code, text = self._smtp.getreply()
        except (UnicodeError, ValueError):
            return Receipt(
                message.key,
                "failed",
                detail=in_words({"zh": "邮件无法生成", "en": "the mail cannot be written"}),
            )
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            if dotted:
                return Receipt(
                    message.key,
                    "unknown",
                    detail=in_words(
                        {
                            "zh": f"邮件交出后没有答复：{_plain(error)}",
                            "en": f"no answer to the mail: {_plain(error)}",
                        }
                    ),
                )
            later = self._settings.retry_minutes * 60
            return Receipt(
                message.key,
                "failed",
                detail=in_words(
                    {"zh": f"连接中断：{_plain(error)}", "en": f"the line broke: {_plain(error)}"}
                ),
                retry_after=later,
            )
        if 200 <= code < 300:
            return Receipt(message.key, "accepted", reference=_said(text)[:200])
        if not 400 <= code < 600:
            self._drop()
            return Receipt(
                message.key,
                "unknown",
                detail=in_words(
                    {"zh": f"无法理解的答复：{code}", "en": f"an answer nobody understands: {code}"}
                ),
            )
        return self._receipt(message, code, text, "mail")

    def _envelope(self, smtp: smtplib.SMTP, sender: str, to: str) -> tuple[int, bytes, str] | None:
        """Sender, recipient, DATA; the first refusal: code, text and what was refused."""
        code, text = smtp.docmd("MAIL", f"FROM:<{sender}>") if _BARE.fullmatch(sender) else smtp.mail(sender)
        if code != 250:
            return code, text, "sender"
        code, text = smtp.docmd("RCPT", f"TO:<{to}>") if _BARE.fullmatch(to) else smtp.rcpt(to)
        if code not in (250, 251):
            return code, text, "recipient"
        code, text = smtp.docmd("DATA")
        return None if code == 354 else (code, text, "mail")

    def _receipt(self, message: Outgoing, code: int, text: bytes, what: str) -> Receipt:
        """A refusal as a receipt; the next mail begins anew."""
        said = f"{code} {_said(text)}"
        if code == 421 or not self._reset():
            self._drop()
        if 400 <= code < 500:
            later = self._settings.retry_minutes * 60
            return Receipt(message.key, "failed", detail=f"{what}: {said}", retry_after=later)
        bad = what == "recipient" and is_bad_address(said)
        return Receipt(message.key, "failed", detail=f"{what}: {said}", bad_address=bad)

    def _reset(self) -> bool:
        try:
            return self._smtp is not None and self._smtp.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def send_all(
    open_line: Callable[[], Line], writer: Writer, messages: Iterator[Outgoing], connections: int
) -> Iterator[Receipt]:
    """Send the messages over so many lines; a message is taken when a line is free for it.

    Raises `CrmError` when no line can be had (what was taken is told as failed before), and when the server
    refuses the sender again and again.
    """
    with open_line() as first:  # before anything is taken
        if connections == 1:
            yield from _watched(_one_by_one(first, writer, messages))
        else:
            lines = [first, *(open_line() for _number in range(connections - 1))]
            yield from _watched(_side_by_side(lines, writer, messages))


def _one_by_one(line: Line, writer: Writer, messages: Iterator[Outgoing]) -> Iterator[Receipt]:
    for message in messages:
        try:
            receipt = line.send(writer, message)
        except CrmError as error:
            yield Receipt(message.key, "failed", detail=str(error), retry_after=60)
            raise
        yield receipt


def _watched(receipts: Iterator[Receipt]) -> Iterator[Receipt]:
    """The receipts; after some refusals of the sender in a row the rest would fare no better."""
    refused = 0
    for receipt in receipts:
        yield receipt
        refused = refused + 1 if receipt.detail.startswith("sender: 5") else 0
        if refused >= _REFUSED_IN_A_ROW:
            raise RefusedError(
                in_words(
                    {
                        "zh": f"服务器拒绝发件人：{receipt.detail}",
                        "en": f"the server refuses the sender: {receipt.detail}",
                    }
                )
            )


def _side_by_side(lines: Sequence[Line], writer: Writer, messages: Iterator[Outgoing]) -> Iterator[Receipt]:
    """One thread a line. Messages are taken here, in the generator's own thread, when a line is free."""
    crew = _Crew(lines, writer)
    out = 0
    try:
        while True:
            while out < len(lines) and crew.broken is None and (message := next(messages, None)) is not None:
                crew.put(message)
                out += 1
            if not out:
                break
            receipt = crew.done.get()
            out -= 1
            yield receipt
    finally:
        crew.dismiss()
    if crew.broken is not None:
        raise crew.broken


class _Crew:
    """The threads of several lines. One that cannot connect leaves its message to the others."""

    def __init__(self, lines: Sequence[Line], writer: Writer) -> None:
        self.todo: queue.SimpleQueue[Outgoing | None] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[Receipt] = queue.SimpleQueue()
        self.broken: CrmError | None = None  # nobody is left who could send
        self._writer = writer
        self._working = len(lines)
        self._lock = threading.Lock()
        for line in lines:
            threading.Thread(target=self._work, args=(line,), daemon=True).start()

    def put(self, message: Outgoing) -> None:
        """Have a message sent; where nobody is left who could, it is told as not sent."""
        with self._lock:
            if self.broken is None:
                self.todo.put(message)
            else:
                self._give_up(message)

    def _give_up(self, message: Outgoing) -> None:
        self.done.put(Receipt(message.key, "failed", detail=str(self.broken), retry_after=60))

    def dismiss(self) -> None:
        """No more work."""
        for _number in range(self._working):
            self.todo.put(None)

    def _work(self, line: Line) -> None:
        while (message := self.todo.get()) is not None:
            try:
                self.done.put(line.send(self._writer, message))
            except CrmError as error:
                self._leave(message, error)
                break
        line.close()

    def _leave(self, message: Outgoing, error: CrmError) -> None:
        with self._lock:
            self._working -= 1
            self.todo.put(message)
            if self._working:
                return  # the others take it
            self.broken = error
            while not self.todo.empty():  # nobody else takes anything out of it any more
                if (left := self.todo.get()) is not None:
                    self._give_up(left)


def is_bad_address(said: str) -> bool:
    """Whether a refusal speaks of the address itself, so that no other mail to it can arrive either."""
    found = _ENHANCED.search(said)
    if found:
        return found[1] in _BAD_ADDRESS
    return bool(_NOBODY.search(said))


def _dot_stuffed(body: bytes) -> bytes:
    stuffed = body.replace(b"\r\n.", b"\r\n..")
    return (b"." + stuffed if stuffed.startswith(b".") else stuffed) + b".\r\n"


def _said(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())[:200]


def _plain(error: Exception) -> str:
    """What happened, without what a server may have repeated."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code}"
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return in_words({"zh": "等待超时", "en": "it took too long"})
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return in_words({"zh": "对方断开了", "en": "it hung up"})
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
