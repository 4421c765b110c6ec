"""The columns of `cards`: core's own, and one for every fact that a plugin declares.

Plugins' columns are added to the table when they are first needed and stay when the plugin goes; nobody reads
them then, and they are filled anew when it comes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crmcore.rules.fields import FieldType
from crmcore.store import schema
from crmcore.store.schema import Big

_SQL_TYPES: dict[FieldType, sa.types.TypeEngine[Any]] = {
    FieldType.INT: Big,
    FieldType.NUMBER: sa.Double(),
    FieldType.MONEY: Big,
    FieldType.TEXT: schema.cards.c.country.type,
    FieldType.INSTANT: Big,
    FieldType.DATE: schema.cards.c.country.type,
    FieldType.ANNIVERSARY: schema.cards.c.country.type,
    FieldType.BOOL: sa.Boolean(),
    FieldType.LIST: schema.cards.c.country.type,
}


@dataclass(frozen=True)
class CardColumn:
    """A plugin's column of `cards`; a `counted` one is 0 rather than absent."""

    name: str
    type: FieldType
    counted: bool = False

    def made(self) -> sa.Column[Any]:
        """The column as SQLAlchemy knows it."""
        kind = _SQL_TYPES[self.type]
        if self.counted:
            return sa.Column(self.name, kind, nullable=False, server_default="0")
        return sa.Column(self.name, kind)


def cards_table(extra: Iterable[CardColumn]) -> sa.Table:
    """The table `cards` with these columns beside core's."""
    core = [sa.Column(c.name, c.type, primary_key=c.primary_key) for c in schema.cards.columns]
    return sa.Table("cards", sa.MetaData(), *core, *(column.made() for column in extra))


def add_columns(connection: sa.Connection, columns: Iterable[CardColumn]) -> list[str]:
    """Add to `cards` what is missing, and make anew what has another type; the names of these columns."""
    there = {column["name"]: column["type"] for column in sa.inspect(connection).get_columns("cards")}
    changed = []
    for column in columns:
        wanted = column.made()
        if column.name in there:
            if _affinity(there[column.name]) == _affinity(wanted.type):
                continue
            # A kept segment may have wanted it.
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS {index_name(column.name)}")
            connection.exec_driver_sql(f"ALTER TABLE cards DROP COLUMN {column.name}")
        definition = wanted.type.compile(connection.dialect)
        default = " NOT NULL DEFAULT 0" if column.counted else ""
        connection.exec_driver_sql(f"ALTER TABLE cards ADD COLUMN {column.name} {definition}{default}")
        changed.append(column.name)
    return changed


def index_name(column: str) -> str:
    """The index by which those are found whose date a day concerns; kept segments want it."""
    return f"cards_by_{column}"


def _affinity(kind: sa.types.TypeEngine[Any]) -> str:
    for name, classes in (
        ("bool", sa.Boolean),
        ("int", sa.Integer),
        ("number", (sa.Numeric, sa.Float)),
    ):
        if isinstance(kind, classes):
            return name
    return "text"
