"""Every no that holds, as a list to be carried over: into a file, and back into a shop that was restored.

A backup does not know who said no after it was made. `crm restore` carries these over from the database that
it replaces; where that one is lost, promotions wait until a list was read or somebody has said that nothing
is missing. Reading a list only ever makes the shop stricter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from crmcore.campaigns.suppression import read_csv
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.store import consents
from crmcore.store.database import Write, among, batches
from crmcore.store.schema import consents as said
from crmcore.store.schema import identities
from crmcore.store.schema_campaigns import suppressions
from crmcore.store.settings import get_meta, set_meta
from crmcore.store.suppressing import KINDS, PERSON, suppress, suppress_person
from crmcore.table_files import write_table

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

COLUMNS = ("kind", "source", "address", "no", "channel", "purpose", "at", "why")
# What a no is about: one channel and purpose, one address, or all of somebody.
SAID, ADDRESS, NEVER = "said", "address", "never"
_NOES = (SAID, ADDRESS, NEVER)
# Set in `meta` by a restore that could not see who said no since: the instant of the backup's last act.
MISSING = "refusals_missing_since"
_AT_ONCE = 500
_ADDRESSES = KINDS[:3]
_FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Refusal:
    """One no, by an address of whoever said it; `at` is an instant, `no` one of said, address, never."""

    kind: str
    source: str
    address: str
    no: str
    channel: str
    purpose: str
    at: int
    why: str


@dataclass
class Taken:
    """What a list of refusals came to: rows read, new ones, those known already, those that are none."""

    read: int = 0
    added: int = 0
    same: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As JSON values; read is the sum of the rest."""
        problems = [{"line": line, "why": why} for line, why in self.problems[:100]]
        counts = {"read": self.read, "added": self.added, "same": self.same}
        return {**counts, "rejected": len(self.problems), "problems": problems}


def holding(connection: sa.Connection) -> Iterator[Refusal]:
    """Every no that holds in a shop, once for each address of whoever said it."""
    i, s = identities.c, suppressions.c
    known = sa.and_(i.kind.in_(_ADDRESSES), i.strong)
    people_who_refused = sa.select(said.c.customer_id).where(said.c.state == "denied").distinct()
    for part in batches(sorted(connection.scalars(people_who_refused)), _AT_ONCE):
        addresses = defaultdict(list)
        hers = sa.select(i.customer_id, i.kind, i.namespace, i.value).where(known).order_by(i.id)
        for row in connection.execute(hers.where(among(connection, i.customer_id, part))):
            addresses[row.customer_id].append((row.kind, row.namespace, row.value))
        for no in consents.standing_noes(connection, part):
            for kind, source, value in addresses[no.customer_id]:
                yield Refusal(kind, source, value, SAID, no.channel, no.purpose, no.at, no.reason or "")
    listed = sa.select(s.kind, s.value, s.at, s.reason).where(s.kind != PERSON).order_by(s.id)
    for one in connection.execute(listed.execution_options(yield_per=2_000)):
        yield Refusal(one[0], "", one[1], ADDRESS, "", "", one[2], one[3] or "")
    never = (
        sa.select(i.kind, i.namespace, i.value, s.at, s.reason)
        .join(suppressions, s.customer_id == i.customer_id)
        .where(known, s.kind == PERSON)
        .order_by(s.id, i.id)
    )
    for her in connection.execute(never.execution_options(yield_per=2_000)):
        yield Refusal(her[0], her[1], her[2], NEVER, "", "", her[3], her[4] or "")


def take(shop: ShopLike, refusals: Iterable[Refusal], source: str) -> Taken:
    """Take refusals over, some hundred in one act; what the shop knows already stays as it is.

    A no of somebody who is not here (any more) keeps her address on the suppression list.
    """
    told = Taken()
    for part in batches(list(refusals), _AT_ONCE):
        with shop.write(_("refusals from {source}").format(source=source), kind="campaign") as write:
            _take(write, told, part, source)
    return told


def _take(write: Write, told: Taken, part: Sequence[Refusal], source: str) -> None:
    owners = _owners(write.connection, part)
    known = _known(write.connection, set(owners.values()))
    never = _never(write.connection, set(owners.values()))
    for one in part:
        told.read += 1
        who = owners.get((one.kind, one.source, one.address))
        if who is None or one.no == ADDRESS:
            why = one.why or one.no
            added = suppress(write, [(one.kind, one.address)], at=one.at, source=source, reason=why)
        elif one.no == NEVER:
            added = 0 if who in never else 1
            if added:
                suppress_person(write, who, at=one.at, source=source, reason=one.why or None)
                never.add(who)
        else:
            entry = (who, one.channel, one.purpose, one.at)
            added = 0 if entry in known else 1
            if added:
                consents.record(
                    write, who, channel=one.channel, purpose=one.purpose, state="denied", at=one.at,
                    source=source, reason=one.why or None,
                )  # fmt: skip
                known.add(entry)
        told.added += added
        told.same += 1 - added


def _owners(connection: sa.Connection, part: Sequence[Refusal]) -> dict[tuple[str, str, str], int]:
    i = identities.c
    query = sa.select(i.kind, i.namespace, i.value, i.customer_id).where(
        i.value.in_(sa.bindparam("values", expanding=True)), i.strong
    )
    rows = connection.execute(query, {"values": list({one.address for one in part})})
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows}


def _known(connection: sa.Connection, people: set[int]) -> set[tuple[int, str, str, int]]:
    c = said.c
    query = sa.select(c.customer_id, c.channel, c.purpose, c.at).where(
        c.customer_id.in_(sa.bindparam("people", expanding=True)), c.state == "denied"
    )
    return {(row[0], row[1], row[2], row[3]) for row in connection.execute(query, {"people": list(people)})}


def _never(connection: sa.Connection, people: set[int]) -> set[int]:
    s = suppressions.c
    query = sa.select(s.customer_id).where(
        s.customer_id.in_(sa.bindparam("people", expanding=True)), s.kind == PERSON
    )
    return set(connection.scalars(query, {"people": list(people)}))


# --- files ----------------------------------------------------------------------------------------------


def write_file(file: Path, refusals: Iterable[Refusal]) -> int:
    """Write refusals into a csv file; returns how many rows that were. Raises as `write_table` does."""
    rows = (
        (one.kind, one.source, one.address, one.no, one.channel, one.purpose, _written(one.at), one.why)
        for one in refusals
    )
    return write_table(file, COLUMNS, rows)


def export(shop: ShopLike, file: Path) -> int:
    """Write every no that holds into a csv file; that it was done, and by whom, is kept in the changes."""
    shop.permit("consent.export")
    if file.suffix.lower() != ".csv":
        raise UsageError(_("name a file that ends in .csv, not {file}").format(file=file.name))
    with shop.database.read() as connection:
        count = write_file(file, holding(connection))
    with shop.write(_("wrote {count} refusals into a file").format(count=count), kind="export") as write:
        write.note()
    return count


def read_file(shop: ShopLike, file: Path) -> Taken:
    """Take over a file that `export` wrote; promotions that waited for it may go out again.

    Raises `FileError`, `UsageError` for a file of another kind; a row that is none is told and left out.
    """
    shop.permit("consent.import")
    rows = read_csv(file)
    if not rows or tuple(rows[0]) != COLUMNS:
        raise UsageError(
            _("{file} is no list of refusals: its first row must be {columns}").format(
                file=file.name, columns=",".join(COLUMNS)
            )
        )
    found: list[Refusal] = []
    problems: list[tuple[int, str]] = []
    for line, row in enumerate(rows[1:], 2):
        try:
            found.append(_read(row))
        except CrmError as error:
            problems.append((line, str(error)))
    told = take(shop, found, file.name)
    told.read += len(problems)
    told.problems = problems
    if not problems:
        _settle(shop, _("refusals since the backup were read from {file}").format(file=file.name))
    return told


def _read(row: list[str]) -> Refusal:
    cells = dict(zip(COLUMNS, [one.removeprefix("'").strip() for one in row], strict=False))
    if len(row) != len(COLUMNS) or cells["no"] not in _NOES or cells["kind"] not in _ADDRESSES:
        raise UsageError(_("this is no refusal: kind is email, phone or buyer; no is said, address or never"))
    if not cells["address"]:
        raise UsageError(_("no address"))
    if cells["no"] == SAID and (not cells["channel"] or cells["purpose"] not in (*consents.PURPOSES, "*")):
        raise UsageError(_("no channel, or no purpose of ours"))
    try:
        at = int(datetime.strptime(cells["at"], _FORM).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise UsageError(
            _("{text!r} is no time: write 2026-05-01T10:00:00Z").format(text=cells["at"])
        ) from None
    return Refusal(**{**cells, "at": consents.within(at)})  # type: ignore[arg-type]


def _written(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(_FORM)


# --- after a restore ------------------------------------------------------------------------------------


def missing_since(connection: sa.Connection) -> int | None:
    """Since when it is not known who said no; None: nothing is missing."""
    text = get_meta(connection, MISSING)
    return int(text) if text else None


def carried_over(shop: ShopLike) -> None:
    """Every no of the shop before its restore is known here now: promotions may go out again."""
    with shop.write(_("refusals were carried over"), kind="campaign") as write:
        set_meta(write.connection, MISSING, "")


def declare_complete(shop: ShopLike, why: str) -> None:
    """Somebody answers for it that no refusal is missing; promotions may go out again."""
    shop.permit("consent.import")
    if len(why.strip()) < 10:
        raise UsageError(_("say in a sentence how you know that no refusal is missing"))
    _settle(shop, _("no refusal is missing: {why}").format(why=why.strip()))


def _settle(shop: ShopLike, why: str) -> None:
    with shop.database.read() as connection:
        if missing_since(connection) is None:
            return
    with shop.write(why, kind="campaign") as write:
        set_meta(write.connection, MISSING, "")
        write.note()


def refuse_while_missing(connection: sa.Connection) -> None:
    """Raise `CrmError` while it is not known who said no."""
    since = missing_since(connection)
    if since is not None:
        raise CrmError(
            _(
                "who said no since {day} is not known after the restore, so no promotion goes out: read "
                "their list (crm consent import FILE.csv), or say how you know that none is missing "
                '(crm consent complete "…")'
            ).format(day=_written(since)[:10])
        )
