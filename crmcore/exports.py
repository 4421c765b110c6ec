"""Lists of customers written into files: who is in a segment, with what is known of each.

Columns are named as in rules. In csv and xlsx, which people open, money is in major units, times are on the
shop's clock and lists are separated by commas; json, which programs read, holds minor units and UTC seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock, zone
from crmcore.records.contact_texts import without_contacts
from crmcore.records.identity import IdentityKind
from crmcore.records.money import to_major
from crmcore.rules.fields import FieldType
from crmcore.segments.results import Member
from crmcore.shop import Shop
from crmcore.store.database import among
from crmcore.store.schema import identities
from crmcore.table_files import Cell, Warn, silent, write_table

ROWS_AT_ONCE = 2_000
LONGEST_REASON = 300
_REACHED_BY = (IdentityKind.PHONE, IdentityKind.EMAIL)


def export_segment(
    shop: Shop,
    name: str,
    file: Path,
    as_of: date | None = None,
    params: Mapping[str, Any] | None = None,
    *,
    contacts: bool = True,
    reason: str = "",
    warn: Warn = silent,
) -> int:
    """Write who is in a segment into a csv, xlsx or json file; returns how many customers that were.

    With `contacts`, phones and e-mails go along, and a `reason` must be given; without, such as stand in
    names and other texts are hidden. Raises what asking a segment raises, `UsageError` for another kind of
    file and without a reason, `FileError` where it cannot be written. That it was done, by whom, why and how
    many rows it had is kept in the changes. `warn` hears of texts that were cut.
    """
    shop.permit("segment.export")
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if contacts and not reason:
        raise UsageError(
            _(
                "phones and e-mails leave the shop with this file: say why (--reason), or leave them out "
                "(--no-contacts)"
            )
        )
    shop.segments.get(name)
    clock = shop.clock(as_of)
    known = shop.facts.cards_as_of(clock).c  # without the Python facts when the day has gone by
    facts = [one for one in shop.catalogue.stored if one != "customer_id" and one in known]
    raw = file.suffix.lower() == ".json"
    ways = _REACHED_BY if contacts else ()
    rows = _rows(shop, shop.segments.iterate(name, as_of, params), clock, facts, ways, raw)
    count = write_table(file, ["id", "name", *ways, *facts], rows, warn)
    why = _("exported segment {name}: {count} customers").format(name=name, count=count)
    if contacts:
        why = _("{what}, with phones and e-mails, because: {reason}").format(what=why, reason=reason)
    with shop.write(why, kind="export") as write:
        write.note()
    return count


def _rows(
    shop: Shop,
    members: Iterator[Member],
    clock: Clock,
    facts: list[str],
    ways: tuple[IdentityKind, ...],
    raw: bool,
) -> Iterator[list[Cell]]:
    types = {name: field.type for name, field in shop.catalogue.stored.items()}
    with shop.database.read() as connection:
        cards = shop.facts.cards_as_of(clock)
        while batch := list(islice(members, ROWS_AT_ONCE)):
            ids = [member.id for member in batch]
            chosen = sa.select(cards.c.customer_id, *(cards.c[name] for name in facts))
            found = connection.execute(chosen.where(among(connection, cards.c.customer_id, ids))).mappings()
            known: dict[int, Mapping[str, Any]] = {row["customer_id"]: dict(row) for row in found}
            reached = _reached_by(connection, ids) if ways else {}
            for member in batch:
                card = known.get(member.id, {})
                values = [_cell(shop, types[name], card.get(name), raw) for name in facts]
                row = [member.id, member.name, *(reached.get((member.id, kind)) for kind in ways), *values]
                yield row if ways else [without_contacts(one) if isinstance(one, str) else one for one in row]


def _reached_by(connection: sa.Connection, ids: list[int]) -> dict[tuple[int, str], str]:
    """The first phone and the first e-mail address of each customer."""
    mine = among(connection, identities.c.customer_id, ids)
    query = sa.select(identities.c.customer_id, identities.c.kind, identities.c.value).where(
        mine, identities.c.strong, identities.c.kind.in_(_REACHED_BY)
    )
    found: dict[tuple[int, str], str] = {}
    for customer_id, kind, value in connection.execute(query.order_by(identities.c.id)):
        found.setdefault((customer_id, kind), value)
    return found


def _cell(shop: Shop, kind: FieldType, value: Any, raw: bool) -> Cell:
    if isinstance(value, str) and value.startswith("\x1f"):
        return ", ".join(value.strip("\x1f").split("\x1f"))
    if value is None or raw:
        return value  # type: ignore[no-any-return]
    if kind is FieldType.MONEY:
        return to_major(value, shop.settings.currency)
    if kind is FieldType.INSTANT:
        return f"{datetime.fromtimestamp(value, zone(shop.settings.time_zone)):%Y-%m-%d %H:%M:%S}"
    return value  # type: ignore[no-any-return]
