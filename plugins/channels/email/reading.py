"""The mailbox over IMAP: what came since the last time, read without marking anything as read.

The cursor is `UIDVALIDITY:UID`, the last mail that was looked at. Of each mail the first 256 KB are read.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
import ssl
import time
from collections.abc import Iterator
from email.utils import parseaddr
from typing import TYPE_CHECKING, Self

from crmcore import CrmError, Fetched, Happened, in_words

from . import trusting
from .bounces import happened_in

if TYPE_CHECKING:
    from . import Settings

_FIRST_DAYS = 14  # how far back the first look goes
_MOST = 300  # mails at a time
_BYTES = 262_144
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"UID (\d+)")


class Mailbox:
    """One folder, opened for reading only. Every method raises `CrmError` when the server will not."""

    def __init__(self, settings: Settings, password: str) -> None:
        self._settings = settings
        self._password = password
        self._imap: imaplib.IMAP4 | None = None
        self.count = 0

    def __enter__(self) -> Self:
        try:
            self._imap = self._connected()
        except ssl.SSLCertVerificationError as error:
            raise self._error(error.verify_message) from None
        except (OSError, imaplib.IMAP4.error) as error:
            # The server's own words may repeat what was typed: the kind of error is told, not they.
            raise self._error(getattr(error, "strerror", None) or type(error).__name__) from None
        return self

    def __exit__(self, *_error: object) -> None:
        if self._imap is not None:
            try:
                self._imap.logout()
            except (OSError, imaplib.IMAP4.error):
                _hang_up(self._imap)

    def _connected(self) -> imaplib.IMAP4:
        settings = self._settings
        host, port, timeout = settings.imap_host, settings.imap_port, settings.timeout
        if settings.imap_security == "tls":
            imap: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port, ssl_context=self._context(), timeout=timeout)
        else:
            imap = imaplib.IMAP4(host, port, timeout=timeout)
        try:
            if settings.imap_security == "starttls":
                imap.starttls(self._context())  # raises where the server has no STARTTLS: never in the clear
            imap.login(settings.imap_user or settings.user, self._password)
            if "ID" in imap.capabilities:
                imap.xatom("ID", '("name" "crmcore")')  # 163.com lets nobody in who does not say a name
            said, found = imap.select(_quoted(settings.imap_folder), readonly=True)
            if said != "OK":
                raise imaplib.IMAP4.error("select")
        except BaseException:
            _hang_up(imap)
            raise
        self.count = int(found[0] or 0)
        return imap

    def _context(self) -> ssl.SSLContext:
        return trusting(self._settings.ca_file)

    def events(self, since: str) -> Fetched:
        """What the mails since the cursor say, and the cursor behind them."""
        assert self._imap is not None
        try:
            validity = self._number("UIDVALIDITY")
            before, _colon, last = since.partition(":")
            fresh = before != str(validity) or not last.isdigit()
            uids = self._uids(0 if fresh else int(last), first=fresh)
            events = [event for uid in uids for event in self._read(uid)]
        except (OSError, imaplib.IMAP4.error) as error:
            raise self._error(getattr(error, "strerror", None) or type(error).__name__) from None
        reached = uids[-1] if uids else (int(last) if not fresh else max(self._number("UIDNEXT") - 1, 0))
        return Fetched(events, f"{validity}:{reached}")

    def _uids(self, last: int, *, first: bool) -> list[int]:
        assert self._imap is not None
        day = time.gmtime(time.time() - _FIRST_DAYS * 86_400)
        since = f"SINCE {day.tm_mday:02}-{_MONTHS[day.tm_mon - 1]}-{day.tm_year}"
        said, found = self._imap.uid("SEARCH", since if first else f"UID {last + 1}:*")
        if said != "OK":
            raise imaplib.IMAP4.error("search")
        # "n:*" gives the last mail even when it is older than n.
        return sorted(uid for one in (found[0] or b"").split() if (uid := int(one)) > last)[:_MOST]

    def _read(self, uid: int) -> Iterator[Happened]:
        assert self._imap is not None
        said, found = self._imap.uid("FETCH", str(uid), f"(UID INTERNALDATE BODY.PEEK[]<0.{_BYTES}>)")
        if said != "OK":
            return
        for part in found:
            if isinstance(part, tuple):
                at = imaplib.Internaldate2tuple(part[0])
                yield from happened_in(
                    part[1], int(time.mktime(at)) if at else int(time.time()), self._domain
                )

    @property
    def _domain(self) -> str:
        return parseaddr(self._settings.sender)[1].rpartition("@")[2] or "localhost"

    def _number(self, name: str) -> int:
        assert self._imap is not None
        said, found = self._imap.status(_quoted(self._settings.imap_folder), f"({name})")
        number = re.search(rb"%s (\d+)" % name.encode(), (found[0] or b"") if said == "OK" else b"")
        return int(number[1]) if number else 0

    def _error(self, reason: str) -> CrmError:
        host = self._settings.imap_host
        text = {"zh": f"{host}（IMAP）打不开：{reason}", "en": f"{host} (IMAP) cannot be read: {reason}"}
        return CrmError(in_words(text))


def _hang_up(imap: imaplib.IMAP4) -> None:
    with contextlib.suppress(OSError):  # the other side was quicker
        imap.shutdown()


def _quoted(folder: str) -> str:
    """A folder's name as IMAP writes it (modified UTF-7, RFC 3501), in quotes."""
    pieces = []
    for piece in re.split(r"([^\x20-\x7e]+)", folder.replace("&", "\x00")):
        if piece and not piece.replace("\x00", "").isascii():
            encoded = piece.encode("utf-16-be")
            pieces.append("&" + base64.b64encode(encoded).decode().rstrip("=").replace("/", ",") + "-")
        else:
            pieces.append(piece)
    name = "".join(pieces).replace("\x00", "&-").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}"'
