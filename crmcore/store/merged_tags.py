"""Tags across a merge: the kept record repeats those of the other, who keeps her own till a split."""

from __future__ import annotations

import sqlalchemy as sa

from crmcore.store.changes import delete, insert
from crmcore.store.customers import parent_of
from crmcore.store.database import Write
from crmcore.store.schema import customers, tags


def copy_tags(write: Write, keep: int, gone: int) -> None:
    """Repeat on `keep` the tags of `gone` that she lacks."""
    for tag in sorted(_tags(write, gone) - _tags(write, keep)):
        insert(write, tags, {"customer_id": keep, "tag": tag, "merged_from": gone})


def take_tags_back(write: Write, gone: int) -> None:
    """Remove from everybody above `gone` the tags that stand there for her sake alone."""
    child, lost = gone, _tags(write, gone)
    while (parent := parent_of(write.connection, child)) is not None and lost:
        query = sa.select(tags.c.id, tags.c.tag).where(
            tags.c.customer_id == parent, tags.c.merged_from == child
        )
        removed = set()
        for row in write.connection.execute(query).all():
            if row.tag not in lost:
                continue
            other = _other_source(write, parent, row.tag, without=gone)
            if other is None:
                delete(write, tags, row.id)
                removed.add(row.tag)
            else:
                here = tags.c.id == row.id
                write.connection.execute(sa.update(tags).where(here).values(merged_from=other))
        child, lost = parent, removed


def _tags(write: Write, customer_id: int) -> set[str]:
    return set(write.connection.scalars(sa.select(tags.c.tag).where(tags.c.customer_id == customer_id)))


def _other_source(write: Write, parent: int, tag: str, *, without: int) -> int | None:
    """Another customer inside `parent` who carries the tag too."""
    query = (
        sa.select(customers.c.id)
        .join(tags, tags.c.customer_id == customers.c.id)
        .where(customers.c.merged_into == parent, customers.c.id != without, tags.c.tag == tag)
        .order_by(customers.c.id)
        .limit(1)
    )
    return write.connection.scalar(query)
