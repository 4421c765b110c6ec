"""Whom the shop may write to: the basis it has stated once, who gets nothing; and outcomes from files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crmcore.campaigns import coming_back, suppression
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, mark
from crmcore.records.sending import EVENT_WORDS
from crmcore.shop import Shop
from crmcore.shown import known_by, moment, word
from crmcore.store import suppressing

ALL = "*"
# So many of the newest entries are shown; who looks for one types a part of it.
MOST = 500
_TOLD = 5
# What crm itself writes down as the reason.
_WHYS = {
    "staff": mark("put on by staff"),
    "bad address": mark("nobody is at that address"),
    **{event.name.lower(): words for event, words in EVENT_WORDS.items()},
}


@dataclass(frozen=True)
class BasisLine:
    """A stated basis in words: for which channels, since when, for buyers of how many days (0: ever)."""

    channels: str
    words: str
    since: str
    days: int


@dataclass(frozen=True)
class NeverLine:
    """One entry of the suppression list in words; `customer_id` where it is a person's."""

    id: int
    what: str
    address: str
    since: str
    why: str
    customer_id: int | None


def bases(shop: Shop) -> list[BasisLine]:
    """What the shop has stated, for all channels or for some."""
    zone = shop.settings.time_zone
    with shop.database.read() as connection:
        found = suppressing.bases(connection).values()
    return [
        BasisLine(
            _("all channels") if one.channel == ALL else word(one.channel),
            one.basis,
            moment(one.at, zone),
            one.days or 0,
        )
        for one in found
    ]


def state_basis(shop: Shop, sentence: str | None) -> None:
    """State the basis for all channels, or with None withdraw it; raises `UsageError` for a poor sentence."""
    shop.permit("consent.basis")
    why = _("stated a basis for {channel}") if sentence else _("withdrew the basis for {channel}")
    with shop.write(why.format(channel=_("all channels")), kind="campaign") as write:
        suppressing.state_basis(write, ALL, sentence, None, shop.clock().now)


def never(shop: Shop, text: str = "") -> tuple[int, list[NeverLine]]:
    """How many entries hold the text, and the newest of them."""
    shop.permit("customer.find")
    zone = shop.settings.time_zone
    with shop.database.read() as connection:
        count, rows = suppressing.listed(connection, text.strip(), MOST)
    return count, [
        NeverLine(
            one.id,
            known_by(one.kind),
            one.value or f"#{one.customer_id}",
            moment(one.at, zone),
            _why(one.reason or one.source),
            one.customer_id,
        )
        for one in rows
    ]


def _why(reason: str) -> str:
    """Why an address is on the list: staff's own words as they are."""
    return _(_WHYS[reason]) if reason in _WHYS else reason


def put_on(shop: Shop, typed: str) -> int:
    """Put what was typed (addresses apart by blanks or commas) on the list; how many were not on it yet.

    Raises `UsageError` for an address that is none.
    """
    addresses = [one for one in re.split(r"[\s,，、;；]+", typed) if one]
    if not addresses:
        raise UsageError(_("write an address: a phone number or an e-mail"))
    return suppression.add(shop, addresses, (), None)


def take_off(shop: Shop, entry: int) -> None:
    """Take an entry off the list; raises `NotFoundError`."""
    shop.permit("suppress")
    with shop.write(_("took entry {id} off the suppression list").format(id=entry)) as write:
        suppressing.release(write, entry)


def read_outcomes(shop: Shop, campaign: str | None, files: Sequence[Path]) -> list[tuple[str, str]]:
    """Read gateways' reports or lists of used codes: of each file, its name and what it told, in words."""
    found: list[tuple[str, str]] = []
    for file in files:
        try:
            told = coming_back.read_outcomes(shop, campaign, file)
        except CrmError as error:
            found.append((file.name, f"! {error}"))
            continue
        new = joined(f"{word(name)} {number:,}" for name, number in told.new.items()) or "0"
        text = _("{read} read: new {new}; known {same}")
        found.append((file.name, text.format(read=f"{told.read:,}", new=new, same=f"{told.same:,}")))
        for line, why in told.problems[:_TOLD]:
            found.append(("", "! " + _("line {line}: {why}").format(line=line, why=why)))
        if (more := len(told.problems) - _TOLD) > 0:
            text = _("and {count} more lines that fit nothing")
            found.append(("", "! " + text.format(count=f"{more:,}")))
    return found
