"""What a shop is set to: its currency, time zone and language, kept in the table `meta`."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import sqlalchemy as sa

from crmcore.records.settings import ShopSettings
from crmcore.store.schema import meta

if TYPE_CHECKING:
    from crmcore.store.database import Write

__all__ = ["ShopSettings", "get_meta", "read_settings", "set_meta", "write_settings"]


def read_settings(connection: sa.Connection) -> ShopSettings:
    """The settings of the shop; what was never set is CNY, Asia/Shanghai, zh."""
    rows = connection.execute(sa.select(meta.c.key, meta.c.value))
    found: dict[str, str] = {str(key): str(value) for key, value in rows}
    return ShopSettings(
        **{field.name: found[field.name] for field in fields(ShopSettings) if field.name in found}
    )


def write_settings(write: Write, settings: ShopSettings) -> None:
    """Keep these settings; raises `CrmError` for a currency, zone or language that does not exist."""
    for key, value in asdict(settings.checked()).items():
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
