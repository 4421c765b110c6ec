"""What a mail that arrived says: a bounce, a complaint, a reply of a person or of a machine, a wish to stop.

Everything in it was written by strangers. A bounce is believed only where it names a message of ours; wishing
to stop is believed of anybody for the message he names, for that harms nobody.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr

from flufl.bounce import all_failures

from crmcore import Happened, wants_no_more

from .writing import keys_in

_AUTOMATIC = re.compile(
    r"^\s*(自动(回复|答复)|auto(matic)?[ -]?(reply|response)|out of (the )?office|abwesenheit|"
    r"r[ée]ponse automatique)",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"^\s*(>|-{3,}|_{5,}|On .{5,80} wrote:|在.{5,80}写道|发件人[:：]|From:|发自|Sent from )", re.IGNORECASE
)
_MACHINES = re.compile(r"^(mailer-daemon|postmaster|mail\.?system|noreply|no-reply)@", re.IGNORECASE)
_LONGEST = 1_000
# A full mailbox may do tomorrow, a mail refused as spam may pass; an address that is none never will.
_FOR_GOOD = re.compile(r"^5\.(1\.\d+|2\.1)$")


def happened_in(raw: bytes, at: int, domain: str) -> Iterator[Happened]:
    """What one mail says about our messages; nothing for a mail that has to do with none of them."""
    mail = email.message_from_bytes(raw)
    kind = (mail.get_content_type(), _param(mail, "report-type"))
    keys = _named_keys(mail, raw, domain)
    if kind == ("multipart/report", "delivery-status"):
        yield from _delivery(mail, at, keys)
    elif kind == ("multipart/report", "feedback-report"):
        yield from (Happened("complained", at, key=key, text=_subject(mail)) for key in keys[:1])
    elif _is_bounce(mail):
        yield from _other_bounce(mail, raw, at, keys)
    else:
        yield from _answer(mail, at, keys)


def _delivery(mail: Message, at: int, keys: list[str]) -> Iterator[Happened]:
    """RFC 3464: a block for each recipient, what was done, and why."""
    if not keys:
        return
    for block in _status_blocks(mail):
        action = str(block.get("Action", "")).strip().lower()
        status = str(block.get("Status", "")).strip().split(" ")[0]
        address = _bare(str(block.get("Final-Recipient", "") or block.get("Original-Recipient", "")))
        why = " ".join(str(block.get("Diagnostic-Code", "")).split())[:_LONGEST]
        if action == "failed":
            good = _FOR_GOOD.match(status) is not None
            text = f"{status} {why}".strip()
            yield Happened("bounced", at, key=keys[0], address=address, text=text, permanent=good)
        elif action in ("delivered", "relayed", "expanded"):
            yield Happened("delivered", at, key=keys[0], address=address)


def _status_blocks(mail: Message) -> Iterator[Message]:
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            for block in blocks if isinstance(blocks, list) else []:
                if isinstance(block, Message) and block.get("Action"):
                    yield block


def _other_bounce(mail: Message, raw: bytes, at: int, keys: list[str]) -> Iterator[Happened]:
    """Bounces of servers that do not keep to RFC 3464 (qmail, Exim, some Chinese providers)."""
    if not keys:
        return
    # The library takes each header for a text; one that holds foreign bytes is none.
    plain = raw.decode("ascii", "replace").encode("ascii", "replace")
    temporary, permanent = all_failures(email.message_from_bytes(plain))
    for address in permanent:
        bare = _bare(address.decode("ascii", "replace") if isinstance(address, bytes) else str(address))
        yield Happened("bounced", at, key=keys[0], address=bare, text=_subject(mail), permanent=True)
    if not permanent and not temporary:
        yield Happened("bounced", at, key=keys[0], text=_subject(mail))


def _answer(mail: Message, at: int, keys: list[str]) -> Iterator[Happened]:
    """A reply, or a mail that a mail program wrote when somebody pressed its button for unsubscribing."""
    address = parseaddr(_header(mail, "From"))[1].lower()
    subject, text = _subject(mail), _own_words(mail)
    wanted = re.match(r"unsubscribe\b", subject, re.IGNORECASE) is not None
    if not keys:
        return
    if wanted or wants_no_more(text.partition("\n")[0]) or (not text.strip() and wants_no_more(subject)):
        yield Happened("unsubscribed", at, key=keys[0], address=address, text=(text or subject)[:_LONGEST])
    else:
        machine = _is_automatic(mail, subject, address)
        yield Happened("replied", at, key=keys[0], address=address, text=text[:_LONGEST], machine=machine)


def _is_bounce(mail: Message) -> bool:
    sender = parseaddr(_header(mail, "From"))[1].lower()
    empty = str(mail.get("Return-Path", "x")).strip() == "<>"
    return (
        empty
        or sender.startswith(("mailer-daemon@", "postmaster@"))
        or mail.get("X-Failed-Recipients") is not None
    )


def _is_automatic(mail: Message, subject: str, address: str) -> bool:
    """RFC 3834, and what programs do that do not know it."""
    submitted = str(mail.get("Auto-Submitted", "no")).strip().lower()
    told = submitted != "no" or any(
        mail.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")
    )
    bulk = str(mail.get("Precedence", "")).strip().lower() in ("auto_reply", "bulk", "junk", "list")
    return bool(told or bulk or _AUTOMATIC.match(subject) or _MACHINES.match(address))


def _named_keys(mail: Message, raw: bytes, domain: str) -> list[str]:
    """The keys of our messages that a mail names: what it answers first, then whatever it quotes."""
    headers = " ".join(str(mail.get(name, "")) for name in ("In-Reply-To", "Subject", "References", "To"))
    found = keys_in(headers, domain)
    return found or keys_in(raw.decode("utf-8", "replace"), domain)


def _own_words(mail: Message) -> str:
    """What the person wrote, without what she quoted."""
    lines = []
    for line in _text(mail).splitlines():
        if _QUOTED.match(line):
            break
        lines.append(line.rstrip())
    return "\n".join(lines).strip()


def _text(mail: Message) -> str:
    for kind in ("text/plain", "text/html"):
        for part in mail.walk():
            if part.get_content_type() == kind and not part.is_multipart():
                data = part.get_payload(decode=True)
                text = _decoded(data if isinstance(data, bytes) else b"", part.get_content_charset())
                return text if kind == "text/plain" else re.sub(r"<[^>]{0,2000}>", " ", text)
    return ""


def _subject(mail: Message) -> str:
    return _header(mail, "Subject")[:300]


def _header(mail: Message, name: str) -> str:
    """A header as text, whatever was made of it on the way."""
    try:
        parts = decode_header(str(mail.get(name, "")))
    except (ValueError, email.errors.HeaderParseError):
        return str(mail.get(name, ""))
    words = [one if isinstance(one, str) else _decoded(one, charset) for one, charset in parts]
    return " ".join("".join(words).split())


def _decoded(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8", "replace")
    except LookupError:  # a charset that is none
        return data.decode("utf-8", "replace")


def _bare(address: str) -> str:
    """The address in `rfc822; she@example.com`."""
    return parseaddr(address.rpartition(";")[2].strip())[1].lower()


def _param(mail: Message, name: str) -> str:
    try:
        return str(mail.get_param(name, "")).lower()
    except (ValueError, TypeError):
        return ""
