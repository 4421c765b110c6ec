"""What a shop is set to: its currency, time zone and language, kept in the table `meta`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.records.clock import zone
from crmcore.records.money import check_currency
from crmcore.store.schema import meta

if TYPE_CHECKING:
    from crmcore.store.database import Write

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class ShopSettings:
    """`currency` is an ISO 4217 code, `time_zone` an IANA name, `language` "zh" or "en"."""

    currency: str
    time_zone: str
    language: str


def read_settings(connection: sa.Connection) -> ShopSettings:
    """The settings of the shop; what was never set is CNY, Asia/Shanghai, zh."""
    rows = connection.execute(sa.select(meta.c.key, meta.c.value))
    found: dict[str, str] = {str(key): str(value) for key, value in rows}
    return ShopSettings(
        found.get("currency", "CNY"), found.get("time_zone", "Asia/Shanghai"), found.get("language", "zh")
    )


def write_settings(write: Write, settings: ShopSettings) -> None:
    """Keep these settings; raises `CrmError` for a currency, zone or language that does not exist."""
    if settings.language not in LANGUAGES:
        raise CrmError(_("unknown language {language!r}: choose zh or en").format(language=settings.language))
    zone(settings.time_zone)
    values = {
        "currency": check_currency(settings.currency),
        "time_zone": settings.time_zone,
        "language": settings.language,
    }
    for key, value in values.items():
        set_meta(write.connection, key, value)


def get_meta(connection: sa.Connection, key: str) -> str | None:
    """One value of the table `meta`, None when it was never set."""
    value = connection.scalar(sa.select(meta.c.value).where(meta.c.key == key))
    return None if value is None else str(value)


def set_meta(connection: sa.Connection, key: str, value: str) -> None:
    """Set one value of the table `meta`."""
    changed = connection.execute(sa.update(meta).where(meta.c.key == key).values(value=value))
    if not changed.rowcount:
        connection.execute(sa.insert(meta).values(key=key, value=value))
