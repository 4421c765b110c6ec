"""Opening and making shops: the folder, its file and its database must agree before anybody works in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from crmcore import config
from crmcore.config import FOLDERS, ShopPlace
from crmcore.errors import CrmError, DatabaseError, system_reason
from crmcore.i18n import gettext as _
from crmcore.records.money import known_currency
from crmcore.records.settings import ShopSettings
from crmcore.store.database import Database
from crmcore.store.migrations import check_version, migrate, version_of
from crmcore.store.place import check_place
from crmcore.store.settings import get_meta, read_settings, write_settings

# Where the shop has moved to, kept in the database it left: see `crmcore.moving`.
MOVED_TO = "moved_to"


@dataclass(frozen=True)
class Opened:
    """A shop that can be worked in: where it is, its database, what it is set to."""

    place: ShopPlace
    database: Database
    settings: ShopSettings


def open_shop(named: str) -> Opened:
    """Open the shop in a folder or behind a database URL, bringing an older one up to date.

    Raises `NotFoundError` when there is none, `DatabaseError` when its database cannot be used, `CrmError`
    when its file and its database disagree.
    """
    place = config.locate(named)
    _refuse_missing_file(place)
    database = Database(place.url)
    try:
        with database.read() as connection:
            if version_of(connection) == 0:
                check_version(connection)  # says what an empty database needs
        migrate(database)
        with database.read() as connection:
            kept, moved_to = read_settings(connection), get_meta(connection, MOVED_TO)
        _refuse_moved(moved_to)
        return Opened(place, database, _agreed(place, kept))
    except BaseException:
        database.dispose()
        raise


def create_shop(folder: Path | None, settings: ShopSettings, database: str | None = None) -> Opened:
    """Make a shop in a folder; without one, in the empty database behind the URL `database`.

    `database` is a URL, or the name of an SQLite file in the folder (default `shop.db`). A database that
    holds a shop already is joined where its settings are the same. Raises `UsageError` where the settings are
    none, `CrmError` where a shop stands in the folder, `DatabaseError` where the database cannot be used.
    """
    known_currency(settings.currency)
    settings = settings.checked()
    if folder is None:
        if database is None:
            raise CrmError(_("name a folder or a database for the new shop"))
        place = ShopPlace(None, database, settings)
    else:
        folder = folder.expanduser().absolute()
        place = ShopPlace(folder, config.database_url(database or "shop.db", folder), settings)
        _make_folders(folder)
    check_url(place)
    opened = Database(place.url)
    try:
        _fill(opened, settings, place)
    except BaseException:
        opened.dispose()
        raise
    if folder is not None:
        config.write_shop_file(folder, database or "shop.db", settings)
    return Opened(place, opened, settings)


def check_url(place: ShopPlace) -> sa.URL:
    """The place's database URL; raises `DatabaseError` when it is none, or of another kind of database."""
    try:
        url = sa.make_url(place.url)
    except sa.exc.ArgumentError:
        raise DatabaseError(
            _("{url} is no database URL: write sqlite:///PATH or postgresql://USER@HOST/DATABASE").format(
                url=place.shown
            )
        ) from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseError(
            _("a shop lives in SQLite or PostgreSQL, not in {kind}").format(kind=url.get_backend_name())
        )
    return url


def _refuse_missing_file(place: ShopPlace) -> None:
    """SQLite would make a new, empty file in the place of a shop's missing one."""
    url = check_url(place)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return
    file = Path(url.database)
    if file.parent.is_dir():
        check_place(file)
    if not file.exists():
        raise DatabaseError(
            _("the shop's database {file} is missing: put it back, or `crm restore` a backup of it").format(
                file=file
            )
        )


def _refuse_moved(moved_to: str | None) -> None:
    if moved_to is not None:
        raise DatabaseError(
            _("this shop has moved to {url}: put that address into shop.yaml, or name it with --shop").format(
                url=moved_to
            )
        )


def _agreed(place: ShopPlace, kept: ShopSettings) -> ShopSettings:
    """The settings in force: the database's; the language is the folder's own.

    Figures and days in the database stand in its currency and time zone: a file that names others is wrong.
    """
    stated = place.settings
    if stated is None:
        return kept
    for key, ours, theirs in (
        ("currency", stated.currency, kept.currency),
        ("time_zone", stated.time_zone, kept.time_zone),
    ):
        if ours != theirs:
            raise CrmError(
                _(
                    "{file} says {key}: {ours}, but the shop was made with {theirs} and its figures are "
                    "worked out in that: put {key}: {theirs} back into the file"
                ).format(file=(place.folder or Path()) / config.SHOP_FILE, key=key, ours=ours, theirs=theirs)
            )
    return ShopSettings(kept.currency, kept.time_zone, stated.language)


def _make_folders(folder: Path) -> None:
    if (folder / config.SHOP_FILE).exists():
        raise CrmError(
            _("there is a shop in {folder} already: open it with `crm --shop {folder}`").format(folder=folder)
        )
    try:
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CrmError(
            _("no shop can be made in {folder}: {reason}").format(folder=folder, reason=system_reason(error))
        ) from error


def _fill(database: Database, settings: ShopSettings, place: ShopPlace) -> None:
    """Make the tables and keep the settings; a shop that is there already must be set the same."""
    with database.read() as connection:
        joined = version_of(connection) > 0
    migrate(database)
    if not joined:
        with database.write("settings", actor="system", kind="settings") as write:
            write_settings(write, settings)
        return
    with database.read() as connection:
        kept = read_settings(connection)
    if (kept.currency, kept.time_zone) != (settings.currency, settings.time_zone):
        raise CrmError(
            _(
                "there is a shop in {url} already, set to {currency} and {time_zone}: say "
                "--currency {currency} --timezone {time_zone} to join it, or name another database"
            ).format(url=config.hide_password(place.url), currency=kept.currency, time_zone=kept.time_zone)
        )
