"""Merging customers that are one person, and splitting them again, exactly.

The record that goes stays in place and points to the one that is kept. Identities move and remember their
home, events follow the identity they came with; tags and profile fields are repeated on the kept record and
remember whom they came from. So a split knows what belongs to whom, whatever happened in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.records.identity import IdentityKind
from crmcore.store.changes import former_values, insert, journal_rows, update
from crmcore.store.customers import living, merged_ids, parent_of, resolve
from crmcore.store.database import Write, among
from crmcore.store.identities import event_tables, follow_owners, own_identity
from crmcore.store.merged_profile import copy_profile, take_profile_back
from crmcore.store.merged_tags import copy_tags, take_tags_back
from crmcore.store.schema import candidates, customers, identities, journal

MergeRule = Callable[[Write, int, int], None]


def _move_identities(write: Write, keep: int, gone: int) -> None:
    here = identities.c.customer_id == gone
    write.connection.execute(sa.update(identities).where(here).values(customer_id=keep))


def _move_events(table_name: str) -> MergeRule:
    def move(write: Write, keep: int, gone: int) -> None:
        table = next(t for t in event_tables() if t.name == table_name)
        here = table.c.customer_id == gone
        nameless = sa.and_(here, table.c.identity_id.is_(None))
        if write.connection.scalar(sa.select(table.c.id).where(nameless).limit(1)) is not None:
            # Without an identity nothing would tell a split whose it was.
            own = own_identity(write, gone)
            write.connection.execute(sa.update(table).where(nameless).values(identity_id=own))
        write.connection.execute(sa.update(table).where(here).values(customer_id=keep))

    return move


def _close_candidate(write: Write, keep: int, gone: int) -> None:
    if (row := _candidate(write, keep, gone)) is not None:
        update(write, candidates, row, {"state": "merged"})


def _derived(_write: Write, _keep: int, _gone: int) -> None:
    """Cards, search and the like are worked out anew for whoever was touched."""


# What a merge does with each table that points at customers. A table that is missing here loses or strands
# what belongs to the merged customer: a test walks the schema and fails for it.
MERGE_RULES: Mapping[str, MergeRule] = {
    "orders": _move_events("orders"),
    "refunds": _move_events("refunds"),
    "interactions": _move_events("interactions"),
    "consents": _move_events("consents"),
    "sends": _move_events("sends"),
    "suppressions": _move_events("suppressions"),
    "identities": _move_identities,  # after the events, which may need an identity of the one that goes
    "tags": copy_tags,
    "customers": copy_profile,
    "candidates": _close_candidate,
    "cards": _derived,
    "search_texts": _derived,
    "stale": _derived,
    # Who is in a kept segment is asked anew for both; what was written down of each stays as it was.
    "segment_queue": _derived,
    "segment_members": _derived,
    "segment_moves": _derived,
}


def merge(write: Write, keep: int, gone: int) -> None:
    """Let customer `gone` live on inside `keep`, with all she has; both must live.

    A person may merge those whose strong identities contradict each other. Empty profile fields of `keep` are
    filled. Raises `UsageError` for a customer and herself, `NotFoundError` and `CrmError` where one of them
    does not exist or was merged already.
    """
    _check_kind(write, "merge")
    living(write.connection, keep)
    living(write.connection, gone)
    if keep == gone:
        raise UsageError(_("customer {id} cannot be merged with herself").format(id=keep))
    for rule in MERGE_RULES.values():
        rule(write, keep, gone)
    update(write, customers, gone, {"merged_into": keep})
    write.touch([keep, gone])


def split(write: Write, gone: int) -> int:
    """Bring a merged customer back with all that came with her, and return the one she leaves.

    What was written down for the two together stays where it was written. Raises `NotFoundError` for an
    unknown customer, `CrmError` for one that is not merged.
    """
    _check_kind(write, "split", "merge", "undo")
    connection = write.connection
    owner = resolve(connection, gone)
    if owner == gone:
        inside = joined(str(i) for i in merged_ids(connection, gone))
        text = _("customer {id} is one record, and nobody was merged into it: there is nothing to split")
        if inside:
            text = _("customer {id} is not merged into another: split one of those inside it: {inside}")
        raise CrmError(text.format(id=gone, inside=inside))
    family = [gone, *merged_ids(connection, gone)]
    mine = sa.and_(identities.c.customer_id == owner, among(connection, identities.c.home_id, family))
    moving = list(connection.scalars(sa.select(identities.c.id).where(mine)))
    connection.execute(sa.update(identities).where(mine).values(customer_id=gone))
    follow_owners(write, owner, moving, gone)
    take_tags_back(write, gone)
    take_profile_back(write, gone)
    parent = parent_of(connection, gone)
    _put_back(write, customers, gone, {"merged_into": None})
    if (row := _candidate(write, parent, gone)) is not None:
        _put_back(write, candidates, row, {"state": "open"})
    return owner


def split_identities(write: Write, customer_id: int, identity_ids: Sequence[int]) -> int:
    """Make a new customer of some of a customer's identities and what came with them; returns its id.

    For two people whom one file took for one. Raises `UsageError` for identities that are not hers, or all.
    """
    _check_kind(write, "split")
    connection = write.connection
    living(connection, customer_id)
    query = sa.select(identities.c.id, identities.c.shown, identities.c.kind)
    hers = list(connection.execute(query.where(identities.c.customer_id == customer_id)))
    real = {row.id: row.shown for row in hers if row.kind != IdentityKind.OWN}
    chosen = set(identity_ids)
    if not chosen or not chosen < set(real):
        raise UsageError(
            _("name some, not all, of the identities of customer {id}: {identities}").format(
                id=customer_id, identities=joined(f"{i} ({shown})" for i, shown in real.items()) or "-"
            )
        )
    first = min(chosen)
    at = connection.scalar(sa.select(customers.c.at).where(customers.c.id == customer_id))
    new = insert(write, customers, {"nickname": real[first], "at": at})
    these = among(connection, identities.c.id, chosen)
    journal_rows(write, identities, these, "update", ["customer_id", "home_id"])
    values = {"customer_id": new, "home_id": new, "changed_by": write.change_id}
    connection.execute(sa.update(identities).where(these).values(**values))
    follow_owners(write, customer_id, sorted(chosen), new)
    return new


def merged_by(connection: sa.Connection, change_id: int) -> list[int]:
    """The customers that a change merged into others and that are so still, the latest first."""
    query = (
        sa.select(customers.c.id)
        .join(journal, sa.and_(journal.c.table_name == "customers", journal.c.row_id == customers.c.id))
        .where(journal.c.change_id == change_id, customers.c.merged_into.is_not(None))
        .where(customers.c.changed_by == change_id)
        .order_by(journal.c.id.desc())
    )
    return [int(i) for i in connection.scalars(query)]


def _check_kind(write: Write, *kinds: str) -> None:
    """A merge is taken back by a split, not row by row: undo must see by the change's kind what it is."""
    if write.kind not in kinds:
        raise ValueError(f"write with kind={kinds[0]!r}, not {write.kind!r}")


def _candidate(write: Write, one: int | None, other: int) -> int | None:
    if one is None:
        return None
    a, b = sorted((one, other))
    query = sa.select(candidates.c.id).where(candidates.c.a_id == a, candidates.c.b_id == b)
    return write.connection.scalar(query)


def _put_back(write: Write, table: sa.Table, row_id: int, fallback: dict[str, object]) -> None:
    """Set a row to what the last change found, or else to `fallback`; untouched by then, it is so again."""
    row = write.connection.execute(sa.select(table).where(table.c.id == row_id)).one()
    old = former_values(write.connection, table, row_id, row.changed_by)
    known = set(fallback) <= set(old)
    update(write, table, row_id, {name: old[name] for name in fallback} if known else fallback)
    if known:
        here = table.c.id == row_id
        write.connection.execute(sa.update(table).where(here).values(changed_by=old["changed_by"]))
