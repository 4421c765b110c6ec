"""Moving a whole shop: into another database, or back to a backup."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from crmcore import config, opening, temporary
from crmcore.campaigns import refusals
from crmcore.config import ShopPlace
from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.store import backup as backups
from crmcore.store.copying import Told, copy_records, refuse_used, shown_url
from crmcore.store.database import Database
from crmcore.store.settings import read_settings, set_meta


def move(shop: Shop, url: str, told: Told | None = None) -> int:
    """Copy the shop into the empty database at `url`, point its file there; returns how many records moved.

    Writers wait until it is done. The old database keeps what it held and refuses to be opened, saying where
    the shop has gone. Raises `DatabaseError` when the target is used, or cannot be used.
    """
    shop.permit("move")
    if not config.is_url(url) and not url.endswith((".db", ".sqlite")):
        # A slip of the pen must not become a file of that name.
        raise UsageError(
            _(
                "{url!r} is no database: write postgresql://NAME:PASSWORD@HOST/DATABASE, or a file such as "
                "shop.db"
            ).format(url=url)
        )
    place = ShopPlace(shop.place.folder, config.database_url(url, shop.place.folder or Path()), None)
    opening.check_url(place)
    target = Database(place.url)
    try:
        refuse_used(target)
        with shop.write(_("moved to another database"), kind="settings") as write:
            count = copy_records(write.connection, target, told)
            _rebuild(shop, target)
            set_meta(write.connection, opening.MOVED_TO, shown_url(target))
        if shop.place.folder is not None:
            config.write_shop_file(shop.place.folder, url, shop.settings)
    finally:
        target.dispose()
    return count


def backup(shop: Shop, file: Path, told: Told | None = None) -> int:
    """Write one moment of the shop into one file; raises what `store.backup.backup` raises."""
    shop.permit("backup")
    return backups.backup(shop.database, file, partial(_rebuild, shop), told)


def _rebuild(shop: Shop, database: Database) -> None:
    """Work out what is derived in another database that holds the shop's records, with the shop's plugins."""
    there = ShopPlace(shop.place.folder, database.url.render_as_string(hide_password=False), None)
    Shop(opening.Opened(there, database, shop.settings), shop.actor).rebuild()


def restore(named: str, file: Path, told: Told | None = None) -> Path | None:
    """Put a backup in the place of everything the shop holds; returns where the former state is kept.

    Works for a shop whose database is missing or damaged, too. A shop without a folder keeps no former state.
    Raises `FileError`, `DatabaseError` when the file cannot be used, `CrmError` when it is of a shop with
    other settings; the shop is then as it was.
    """
    place = config.locate(named)
    backups.refuse_unusable(file)
    kept = _set_aside_unusable(place)
    if place.settings is not None:
        _refuse_other_settings(place.settings, file)
    if not _has_database(place):
        with _to_wait(place, file) as waiting:
            backups.copy_file(waiting, _file_of(place), told)
        with Shop.open(named) as shop:
            refusals.mark_missing(shop)
            _hold_campaigns(shop)
        return kept
    with Shop.open(named) as shop:
        shop.permit("restore")
        _refuse_other_settings(shop.settings, file)
        if place.folder is not None:
            kept = _beside(place, "before-restore")
            backup(shop, kept)
        with shop.database.read() as connection:
            noes = list(refusals.holding(connection))
            waits = refusals.missing_since(connection) is not None
        with backups.opened(file) as held, held.read() as connection:
            waits = waits or refusals.missing_since(connection) is not None
        with _to_wait(place, file) as waiting:
            backups.restore(shop.database, waiting, lambda _database: shop.rebuild(), told)
        refusals.take(shop, noes, _("the shop before its restore"))
        _hold_campaigns(shop)
        if not waits:
            refusals.carried_over(shop)
    return kept


@contextmanager
def _to_wait(place: ShopPlace, file: Path) -> Iterator[Path]:
    """A copy of the backup whose promotions wait.

    Whatever ends a restore before the refusals are carried over leaves a shop that sends none.
    """
    where = None if place.folder is None else place.folder / "backups"
    if where is not None:
        where.mkdir(exist_ok=True)
    temporary.sweep("restore", where)
    with temporary.folder("restore", where) as folder:
        copy = Path(folder) / "shop.db"
        backups.copy_with_mark(file, copy, refusals.MISSING)
        yield copy


def _hold_campaigns(shop: Shop) -> None:
    """Nothing goes on by itself after a restore: who had her message or said no since is not known there."""
    shop.campaigns.hold_all(
        _(
            "restored from a backup: messages sent since are not known here; see to them, then resume or "
            "cancel it"
        )
    )


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
