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
# What is beyond is no figure of a shop's (as in rules), and more than a database's whole numbers hold.
_LARGEST = 10**15
# How fields are read, as a number: another one has the cards of every shop filled anew.
READING = 2


def own_value(field: OwnField, dialect: str, currency: str) -> sa.ColumnElement[Any]:
    """What a card holds of the field: whole numbers, minor units, ISO days; NULL for what does not fit."""
    text = json_text(schema.customers.c.extra, field.name)
    lite = dialect == "sqlite"
    match field.type:
        case "int":
            whole = sa.and_(_is_number(text, lite), sa.not_(_fits(text, lite, "*.*", "[.]")))
            return sa.case((whole, _whole(_figure(text, lite))))
        case "number":
            return sa.case((_is_number(text, lite), sa.cast(text, sa.Double())))
        case "money":
            minor = _figure(text, lite) * 10 ** decimals(currency)
            # As a double 0.285 * 100 is a little less than 28.5: brought back before halves are rounded.
            minor = sa.func.round(minor, 4) if lite else minor
            return sa.case((_is_number(text, lite), _whole(sa.func.round(minor))))
        case "date":
            return sa.case((_is_day(text, lite), text))
        case "bool":
            return sa.case((text == "true", sa.true()), (text == "false", sa.false()))
        case "list":
            inner = sa.func.replace(text, BETWEEN, SEPARATOR)
            return sa.case((text != "", SEPARATOR + inner + SEPARATOR))
        case _:
            return text


def misfit(connection: sa.Connection, field: OwnField, currency: str) -> int:
    """How many customers have a value that is none of the field's type, or none of its choices."""
    c = schema.customers.c
    text = json_text(c.extra, field.name)
    strange: sa.ColumnElement[bool] = own_value(field, connection.dialect.name, currency).is_(None)
    if field.choices and field.type != "list":
        strange = sa.or_(strange, text.not_in(field.choices))
    query = sa.select(sa.func.count()).select_from(schema.customers)
    return int(connection.scalar(query.where(c.merged_into.is_(None), text != "", strange)) or 0)


_DAY_GLOB = "[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]"
_MONTHS = (
    "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
)
_LEAP_YEAR = "([12][0-9](0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)"
_DAY = f"^([12][0-9]{{3}}-({_MONTHS})|{_LEAP_YEAR}-02-29)$"
_NUMBER = "^-?(0|[1-9][0-9]*)([.][0-9]+)?$"


def _figure(text: Any, lite: bool) -> sa.ColumnElement[Any]:
    """The number that is written there; asked for only where one is."""
    kind: Any = sa.Double() if lite else sa.Numeric()
    return sa.cast(text, kind)


def _whole(figure: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The figure as a whole number, NULL where it is too large to be one."""
    return sa.case((sa.func.abs(figure) <= _LARGEST, sa.cast(figure, sa.BigInteger)))


def _is_day(text: Any, lite: bool) -> sa.ColumnElement[bool]:
    """Whether it is a day that the calendar has, as 2026-03-05: what compares with days counts with them."""
    fits = _fits(text, lite, _DAY_GLOB, _DAY)
    # Reckoning with it makes 2026-03-03 of 2026-02-31.
    return sa.and_(fits, sa.func.date(text, "+0 days") == text) if lite else fits


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
