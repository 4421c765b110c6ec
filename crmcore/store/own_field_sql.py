"""The shop's own fields as columns of cards: read from the JSON of a customer's record, absent where junk."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crmcore.records.money import decimals
from crmcore.records.own_field import BETWEEN, OwnField
from crmcore.store import schema
from crmcore.store.json_sql import json_text
from crmcore.store.sql_bits import SEPARATOR

_LONGEST = 20  # signs of a number; what is longer is none


def own_value(field: OwnField, dialect: str, currency: str) -> sa.ColumnElement[Any]:
    """What a card holds of the field: whole numbers, minor units, ISO days; NULL for what does not fit."""
    text = json_text(schema.customers.c.extra, field.name)
    lite = dialect == "sqlite"
    match field.type:
        case "int":
            whole = sa.and_(_is_number(text, lite), sa.not_(_fits(text, lite, "*.*", "[.]")))
            return sa.case((whole, sa.cast(text, sa.BigInteger)))
        case "number":
            return sa.case((_is_number(text, lite), sa.cast(text, sa.Double())))
        case "money":
            kind: Any = sa.Double() if lite else sa.Numeric()
            minor = sa.func.round(sa.cast(text, kind) * 10 ** decimals(currency))
            return sa.case((_is_number(text, lite), sa.cast(minor, sa.BigInteger)))
        case "date":
            return sa.case((_fits(text, lite, _DAY_GLOB, _DAY), text))
        case "bool":
            return sa.case((text == "true", sa.true()), (text == "false", sa.false()))
        case "list":
            inner = sa.func.replace(text, BETWEEN, SEPARATOR)
            return sa.case((text != "", SEPARATOR + inner + SEPARATOR))
        case _:
            return text


_DAY_GLOB, _DAY = "[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]", "^[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]$"
_NUMBER = "^-?(0|[1-9][0-9]*)([.][0-9]+)?$"


def _fits(text: Any, lite: bool, glob: str, pattern: str) -> sa.ColumnElement[bool]:
    found: sa.ColumnElement[bool] = text.bool_op("GLOB")(glob) if lite else text.bool_op("~")(pattern)
    return found


def _is_number(text: Any, lite: bool) -> sa.ColumnElement[bool]:
    """Whether it is written as we write numbers: -12.5, without blanks, signs and leading zeros."""
    short = sa.func.length(text) <= _LONGEST
    if not lite:
        return sa.and_(short, text.bool_op("~")(_NUMBER))
    plain = sa.not_(text.bool_op("GLOB")("*[^0-9.-]*"))
    return sa.and_(short, plain, sa.func.json_valid(text) == 1)
