"""Tags: words the shop puts on customers, one row each."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.records.identity import squeeze
from crmcore.store.changes import insert_many, journal_rows
from crmcore.store.database import Write, among
from crmcore.store.schema import customers, tags

LONGEST = 64


def clean_tag(text: str) -> str:
    """The tag with blanks folded; raises `UsageError` when it is empty or too long."""
    tag = squeeze(text)
    if not tag or len(tag) > LONGEST:
        raise UsageError(
            _("a tag has 1 to {most} characters: {text!r} has not").format(most=LONGEST, text=text)
        )
    return tag


def add_tag(write: Write, customer_ids: Iterable[int], tag: str) -> int:
    """Put a tag on these customers; returns how many had it not. Merged and unknown ids are passed over."""
    tag = clean_tag(tag)
    have = sa.select(tags.c.customer_id).where(tags.c.tag == tag)
    query = sa.select(customers.c.id).where(
        among(write.connection, customers.c.id, customer_ids),
        customers.c.merged_into.is_(None),
        customers.c.id.not_in(have),
    )
    new = list(write.connection.scalars(query.order_by(customers.c.id)))
    insert_many(write, tags, [{"customer_id": customer_id, "tag": tag} for customer_id in new])
    return len(new)


def remove_tag(write: Write, customer_ids: Iterable[int], tag: str) -> int:
    """Take a tag off these customers; returns how many had it."""
    here = sa.and_(among(write.connection, tags.c.customer_id, customer_ids), tags.c.tag == clean_tag(tag))
    owners = list(write.connection.scalars(sa.select(tags.c.customer_id).where(here)))
    if owners:
        journal_rows(write, tags, here, "delete")
        write.connection.execute(sa.delete(tags).where(here))
        write.touch(owners)
    return len(owners)


def list_tags(connection: sa.Connection) -> list[tuple[str, int]]:
    """Every tag in use and how many customers carry it, by name; merged customers do not count."""
    query = (
        sa.select(tags.c.tag, sa.func.count())
        .join(customers, customers.c.id == tags.c.customer_id)
        .where(customers.c.merged_into.is_(None))
        .group_by(tags.c.tag)
        .order_by(tags.c.tag)
    )
    return [(tag, number) for tag, number in connection.execute(query)]
