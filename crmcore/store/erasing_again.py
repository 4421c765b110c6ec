"""Erasing again after a restore: a backup still knows who was erased since it was made.

The shop as it was tells who: `erasures` holds the numbers of her records, and no word of what they said.
"""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa

from crmcore.i18n import gettext as _
from crmcore.i18n import ngettext
from crmcore.records.identity import IdentityKind
from crmcore.store import erasing
from crmcore.store.customers import merged_ids, parent_of, resolve
from crmcore.store.database import Database, Write, among
from crmcore.store.erasing import Record
from crmcore.store.merging import split, split_identities
from crmcore.store.schema import customers, identities


def erase_again(here: Database, was: Database, actor: str) -> list[int]:
    """Erase in `here`, a backup, whoever was erased in the shop as it `was`; returns their customers' ids.

    Who was joined with her by then, and is somebody else now, is parted from her first. Where nothing can be
    parted, everything goes: rather too much than her.
    """
    with was.read() as before:
        with here.read() as connection:
            erased = erasing.known(before) - erasing.known(connection)
            people = _standing(connection, customers, erased)
            addresses = _standing(connection, identities, erased)
        if people or addresses:
            with here.write(_("parted from who was erased"), actor=actor, kind="split") as write:
                _part_records(write, people)
                _part_addresses(write, before, people, addresses)
    if not erased:
        return []
    text = ngettext(
        "erased {count} customer again, as before the restore",
        "erased {count} customers again, as before the restore",
        len(people),
    )
    with here.write(text.format(count=len(people)), actor=actor, kind="erase") as write:
        owners = sorted({resolve(write.connection, one) for one in people})
        for owner in owners:
            erasing.erase(write, owner)
        erasing.keep(write, erased)
    erasing.sweep(here)
    return owners


def _standing(connection: sa.Connection, table: sa.Table, erased: set[Record]) -> set[int]:
    """Those of the records that stand here; others may have their numbers."""
    ids = [one.row_id for one in erased if one.table_name == table.name]
    return {one.row_id for one in erasing.records(connection, table, ids) & erased} & set(
        connection.scalars(sa.select(table.c.id).where(among(connection, table.c.id, ids)))
    )


def _part_records(write: Write, people: set[int]) -> None:
    """Whoever is merged with somebody of the other sort lives by herself again."""
    parted = True
    while parted:
        parted = False
        for one in people:
            owner = resolve(write.connection, one)
            for record in merged_ids(write.connection, owner):
                if (record in people) != (owner in people):
                    split(write, record)
                    parted = True
                    break


def _part_addresses(write: Write, before: sa.Connection, people: set[int], addresses: set[int]) -> None:
    """Addresses go to a customer of their own where they were parted from her, or she from them, since."""
    connection = write.connection
    for owner in [one for one in people if parent_of(connection, one) is None]:
        hers = _real(connection, owner)
        others = _others(before, hers)
        if others and others < hers.keys():
            split_identities(write, owner, sorted(others))
    i = identities.c
    query = sa.select(i.id, i.customer_id).where(among(connection, i.id, addresses))
    strays: defaultdict[int, set[int]] = defaultdict(set)
    for row in connection.execute(query.where(~among(connection, i.customer_id, people))):
        strays[row.customer_id].add(row.id)
    for owner, chosen in strays.items():
        whole = not chosen < _real(connection, owner).keys()
        people.add(owner if whole else split_identities(write, owner, sorted(chosen)))


def _real(connection: sa.Connection, owner: int) -> dict[int, str]:
    """What a customer is known by: number -> value."""
    i = identities.c
    query = sa.select(i.id, i.value).where(i.customer_id == owner, i.kind != IdentityKind.OWN)
    return {int(row[0]): str(row[1]) for row in connection.execute(query)}


def _others(before: sa.Connection, hers: dict[int, str]) -> set[int]:
    """Those of her addresses that belonged to somebody, under the same number, before the restore."""
    i = identities.c
    rows = before.execute(sa.select(i.id, i.value).where(among(before, i.id, hers)))
    return {int(row.id) for row in rows if hers[row.id] == row.value}
