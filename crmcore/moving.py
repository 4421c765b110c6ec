"""Moving a whole shop: into another database, or into a backup."""

from __future__ import annotations

from pathlib import Path

from crmcore import config, opening
from crmcore.config import ShopPlace
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.shop import Shop
from crmcore.store import backup as backups
from crmcore.store.copying import Told, copy_records, refuse_used, shown_url
from crmcore.store.database import Database
from crmcore.store.settings import set_meta


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
            over(shop, target).rebuild()
            set_meta(write.connection, opening.MOVED_TO, shown_url(target))
        if shop.place.folder is not None:
            config.write_shop_file(shop.place.folder, url, shop.settings)
    finally:
        target.dispose()
    return count


def backup(shop: Shop, file: Path, told: Told | None = None) -> int:
    """Write one moment of the shop into one file; raises what `store.backup.backup` raises."""
    shop.permit("backup")
    return backups.backup(shop.database, file, lambda database: over(shop, database).rebuild(), told)


def over(shop: Shop, database: Database) -> Shop:
    """A shop over another database that holds its records: with its plugins, settings and actor."""
    there = ShopPlace(shop.place.folder, database.url.render_as_string(hide_password=False), None)
    return Shop(opening.Opened(there, database, shop.settings), shop.actor)
