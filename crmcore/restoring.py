"""Putting a backup in the place of everything a shop holds, without what must not come back.

A backup does not know who said no, who was erased and who was written to since it was made. So it is made
ready in a copy before it takes the shop's place: whoever was erased is erased there, campaigns are held, and
promotions wait. Whatever ends a restore leaves the shop as it was, or one of which all of that is true.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from crmcore import config, moving, opening, temporary
from crmcore.campaigns import refusals
from crmcore.config import ShopPlace
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.records.clock import day_of
from crmcore.records.settings import ShopSettings
from crmcore.shop import SYSTEM, Shop
from crmcore.store import backup as backups
from crmcore.store import campaign_rows
from crmcore.store.copying import Told
from crmcore.store.database import Database
from crmcore.store.erasing_again import erase_again
from crmcore.store.migrations import migrate
from crmcore.store.schema import changes, consents
from crmcore.store.schema_campaigns import suppressions
from crmcore.store.settings import read_settings


@dataclass(frozen=True)
class Restored:
    """What a restore came to: `kept` holds the former state (None: there is none, or no folder for it).

    `erased` are the customers who were erased since the backup, and are so again. `unknown_since` is the
    day, in the shop's zone, since which nobody can tell who said no or was erased, None where that is known.
    """

    kept: Path | None
    erased: tuple[int, ...] = ()
    unknown_since: date | None = None


def restore(named: str, file: Path, told: Told | None = None) -> Restored:
    """Put a backup in the place of everything the shop holds.

    Works for a shop whose database is missing or damaged, too. A shop without a folder keeps no former state.
    Raises `FileError`, `DatabaseError` when the file cannot be used, `CrmError` when it is of a shop with
    other settings or somebody writes to the shop meanwhile; the shop is then as it was.
    """
    place = config.locate(named)
    backups.refuse_unusable(file)
    kept = _set_aside_unusable(place)
    if place.settings is not None:
        _refuse_other_settings(place.settings, file)
    if not _has_database(place):
        with _made_ready(place, file) as ready:
            _hold_campaigns(ready)
            backups.copy_file(_path(ready), _file_of(place), told)
        with Shop.open(named) as shop:
            return Restored(kept, unknown_since=_unknown_since(shop))
    with Shop.open(named) as shop:
        shop.permit("restore")
        _refuse_other_settings(shop.settings, file)
        with shop.database.read() as connection:
            seen = _last_written(connection)
        if place.folder is not None:
            kept = _beside(place, "before-restore")
            moving.backup(shop, kept)
        with shop.database.read() as connection:
            noes = list(refusals.holding(connection))
            waits = refusals.missing_since(connection) is not None
        with backups.opened(file) as held, held.read() as connection:
            waits = waits or refusals.missing_since(connection) is not None
        with _made_ready(place, file) as ready:
            moving.over(shop, ready)  # cards and search of whoever is erased follow, as in the shop itself
            erased = erase_again(ready, shop.database, shop.actor)
            _hold_campaigns(ready)
            still = partial(_refuse_newer, seen)
            backups.restore(shop.database, _path(ready), lambda _database: shop.rebuild(), told, still)
        refusals.take(shop, noes, _("the shop before its restore"))
        if not waits:
            refusals.carried_over(shop)
        return Restored(kept, tuple(erased), _unknown_since(shop))


def _unknown_since(shop: Shop) -> date | None:
    with shop.database.read() as connection:
        at = refusals.missing_since(connection)
    return None if at is None else day_of(at, shop.settings.time_zone)


def _last_written(connection: sa.Connection) -> tuple[int, ...]:
    """What grows with every act, every no and every suppression; one act may bring many of them."""
    tables = (changes, consents, suppressions)
    return tuple(int(connection.scalar(sa.select(sa.func.max(table.c.id))) or 0) for table in tables)


def _refuse_newer(seen: tuple[int, ...], connection: sa.Connection) -> None:
    """Whoever was erased or said no since is not made ready for, and what was written is kept nowhere."""
    if _last_written(connection) != seen:
        raise CrmError(
            _(
                "somebody wrote to the shop while the backup was made ready: nothing was changed; end what "
                "is at work there (imports, campaigns, other terminals), then restore again"
            )
        )


@contextmanager
def _made_ready(place: ShopPlace, file: Path) -> Iterator[Database]:
    """A copy of the backup, brought up to date, whose promotions wait; the file is left alone."""
    where = None if place.folder is None else place.folder / "backups"
    if where is not None:
        where.mkdir(exist_ok=True)
    temporary.sweep("restore", where)
    with temporary.folder("restore", where) as folder:
        copy = Path(folder) / "shop.db"
        backups.copy_with_mark(file, copy, refusals.MISSING)
        with backups.opened(copy) as database:
            migrate(database)
            yield database


def _hold_campaigns(database: Database) -> None:
    """Nothing goes on by itself after a restore: who had her message or said no since is not known there."""
    why = _("held the campaigns: the shop was restored")
    message = _(
        "restored from a backup: messages sent since are not known here; see to them, then resume or "
        "cancel it"
    )
    with database.write(why, actor=SYSTEM, kind="campaign") as write:
        campaign_rows.hold_all(write, message)


def _path(database: Database) -> Path:
    return Path(str(database.url.database))


def _file_of(place: ShopPlace) -> Path:
    return Path(str(opening.check_url(place).database))


def _has_database(place: ShopPlace) -> bool:
    return opening.check_url(place).get_backend_name() != "sqlite" or _file_of(place).exists()


def _set_aside_unusable(place: ShopPlace) -> Path | None:
    """Move a damaged SQLite file out of the way, so that a backup can take its place."""
    if place.folder is None or opening.check_url(place).get_backend_name() != "sqlite":
        return None
    file = _file_of(place)
    if not file.exists() or backups.damage(file) is None:
        return None
    kept = _beside(place, "damaged")
    file.replace(kept)
    for companion in ("-wal", "-shm"):
        file.with_name(file.name + companion).unlink(missing_ok=True)
    return kept


def _beside(place: ShopPlace, what: str) -> Path:
    folder = (place.folder or Path()) / "backups"
    folder.mkdir(exist_ok=True)
    name = f"{what}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (name if number == 1 else f"{name}-{number}" for number in itertools.count(1))
    return next(file for one in names if not (file := folder / f"{one}.db").exists())


def _refuse_other_settings(ours: ShopSettings, file: Path) -> None:
    with backups.opened(file) as held, held.read() as connection:
        theirs = read_settings(connection)
    if (theirs.currency, theirs.time_zone) != (ours.currency, ours.time_zone):
        raise CrmError(
            _(
                "{file} is of a shop set to {currency} and {time_zone}, this one is set to {own_currency} "
                "and {own_zone}: restore it into a shop made with `crm init` for those"
            ).format(
                file=file,
                currency=theirs.currency,
                time_zone=theirs.time_zone,
                own_currency=ours.currency,
                own_zone=ours.time_zone,
            )
        )
