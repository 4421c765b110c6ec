"""A mail as bytes: headers, plain text, HTML, and the ways out of promotion.

Written by hand rather than by `email.message`, which takes longer for a mail than sending it does; the tests
read every mail with that library again.
"""

from __future__ import annotations

import base64
import re
import time
from email.header import Header
from email.utils import formatdate, parseaddr
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from crmcore import Outgoing

from . import has_way_out

if TYPE_CHECKING:
    from . import Settings

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_MARK = "crm."


def message_id(key: str, domain: str) -> str:
    """The Message-ID of a key, without brackets: from it the key is known again in a bounce or a reply."""
    plain = key if _PLAIN.fullmatch(key) and not key.startswith("x-") else "x-" + key.encode().hex()
    return f"{_MARK}{plain}@{domain}"


def keys_in(text: str, domain: str) -> list[str]:
    """The keys of our Message-IDs that stand in a text."""
    found = re.findall(rf"{re.escape(_MARK)}([A-Za-z0-9._-]{{1,300}})@{re.escape(domain)}", text)
    return list(dict.fromkeys(_key(one) for one in found))


def _key(plain: str) -> str:
    if plain.startswith("x-"):
        try:
            return bytes.fromhex(plain[2:]).decode()
        except ValueError:
            return plain
    return plain


class Writer:
    """Writes mails for one account."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.sender = parseaddr(settings.sender)[1]
        self.domain = self.sender.rpartition("@")[2] or "localhost"
        self._from = _address(settings.sender_name, self.sender)
        self._reply_to = settings.reply_to

    def written(self, message: Outgoing) -> bytes:
        """The mail, with CRLF line ends and without anything that only ASCII servers would stumble over."""
        text, html = message.text, message.html
        if message.purpose == "promotion" and not has_way_out(message) and self._settings.footer:
            text = f"{text}\n\n-- \n{self._settings.footer}"
            html = html and f"{html}<hr><p>{_escaped(self._settings.footer)}</p>"
        lines = [*self._headers(message), "MIME-Version: 1.0"]
        if not html:
            return "\r\n".join([*lines, *_part("plain", text)]).encode("ascii") + b"\r\n"
        boundary = "=_" + sha256(message.key.encode()).hexdigest()[:24]
        body = [
            f'Content-Type: multipart/alternative; boundary="{boundary}"',
            "",
            f"--{boundary}",
            *_part("plain", text),
            f"--{boundary}",
            *_part("html", html),
            f"--{boundary}--",
        ]
        return "\r\n".join([*lines, *body]).encode("ascii") + b"\r\n"

    def _headers(self, message: Outgoing) -> list[str]:
        found = [
            f"From: {self._from}",
            f"To: {_address(message.name, message.to)}",
            f"Subject: {_words(message.subject, 'Subject')}",
            f"Date: {formatdate(time.time())}",
            f"Message-ID: <{message_id(message.key, self.domain)}>",
            "Auto-Submitted: auto-generated",  # out-of-office replies are not wanted
        ]
        if self._reply_to:
            found.append(f"Reply-To: {_address('', self._reply_to)}")
        if message.purpose == "promotion":
            found += self._ways_out(message)
        return found

    def _ways_out(self, message: Outgoing) -> list[str]:
        """What mail programs make their button of (RFC 2369), and for one click of it (RFC 8058)."""
        url = message.unsubscribe or self._settings.unsubscribe_url.replace(
            "{key}", quote(message.key, safe="")
        )
        subject = quote(f"unsubscribe {message_id(message.key, self.domain)}")
        mail = f"<mailto:{self._reply_to or self.sender}?subject={subject}>"
        if (
            not url.startswith("https://")
            or not url.isascii()
            or _CONTROLS.search(url)
            or set("<> ,") & set(url)
        ):
            return [f"List-Unsubscribe: {mail}", "Precedence: bulk"]
        return [
            f"List-Unsubscribe: <{url}>,\r\n {mail}",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Precedence: bulk",
        ]


def _part(kind: str, text: str) -> list[str]:
    body = base64.encodebytes(text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace"))
    return [
        f'Content-Type: text/{kind}; charset="utf-8"',
        "Content-Transfer-Encoding: base64",
        "",
        body.decode("ascii").rstrip("\n").replace("\n", "\r\n"),
    ]


@lru_cache(maxsize=256)  # the subject of a campaign is mostly one for all
def _words(text: str, header: str) -> str:
    """A text as it may stand in a header: no line of it can become another header."""
    clean = " ".join(_CONTROLS.sub(" ", text).split())
    if clean.isascii() and len(clean) + len(header) < 70 and "=?" not in clean:
        return clean
    encoded = Header(clean.encode("utf-8", "replace").decode(), "utf-8", header_name=header, maxlinelen=76)
    return encoded.encode(linesep="\r\n")


def _address(name: str, address: str) -> str:
    bare = _CONTROLS.sub("", address)
    clean = " ".join(_CONTROLS.sub(" ", name).split())
    if not clean:
        return bare
    if clean.isascii() and len(clean) < 40:
        quoted = clean.replace("\\", "").replace('"', "")
        return f'"{quoted}" <{bare}>'
    return f"{_words(clean, 'From')}\r\n <{bare}>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
