"""Values as people write them, made into what a field holds; refusals that say how to write them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crmcore.errors import CrmError, RuleError
from crmcore.i18n import gettext as _
from crmcore.records.money import to_minor
from crmcore.rules.fields import Field, FieldType
from crmcore.rules.tree import Op

_ORDERED = frozenset({Op.EQ, Op.NE, Op.LT, Op.LTE, Op.GT, Op.GTE, Op.IN, Op.BETWEEN, Op.EXISTS})
OPERATORS: dict[FieldType, frozenset[Op]] = {
    **dict.fromkeys(FieldType, _ORDERED),
    FieldType.ANNIVERSARY: frozenset({Op.EQ, Op.NE, Op.IN, Op.EXISTS}),
    FieldType.BOOL: frozenset({Op.EQ, Op.NE, Op.EXISTS}),
    FieldType.LIST: frozenset({Op.HAS, Op.ANY, Op.ALL, Op.EXISTS}),
    FieldType.OCCASION: frozenset({Op.EQ, Op.IN, Op.EXISTS}),
    FieldType.EVENTS: frozenset({Op.ANY, Op.EXISTS}),
}
# Operators whose value is several values.
SEVERAL = frozenset({Op.IN, Op.ANY, Op.ALL, Op.BETWEEN})
# More than any shop's figure, and still what every database keeps exactly.
LARGEST = 10**15
# A thousand years: counting days back and forth stays inside the calendar.
MOST_DAYS = 365_000
_YEARS = range(1900, 3000)
_MONTH_DAY = re.compile(r"^(?:--)?(\d\d)-(\d\d)$")


def value_for(field: Field, value: Any, currency: str) -> Any:
    """The value as `field` compares it; see `bound.Comparison`. Raises `RuleError` with how to write it."""
    if field.type is FieldType.OCCASION and field.occasions is not None:
        return field.occasions.during(value)
    try:
        return _CONVERTERS[field.type](value, currency)
    except (TypeError, ValueError, OverflowError):
        raise RuleError(
            _("{field} takes {wanted}, not {value}").format(
                field=field.name, wanted=_wanted(field.type, currency), value=_as_written(value)
            )
        ) from None


def _as_written(value: Any) -> str:
    """A value as it stands in a rule: days and times plainly, in years before and after ours too."""
    return value.isoformat() if isinstance(value, date) else repr(value)


def _int(value: Any, _currency: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        raise ValueError
    if value != int(value) or abs(int(value)) > LARGEST:
        raise ValueError
    return int(value)


def _days(value: Any, currency: str) -> int:
    days = _int(value, currency)
    if abs(days) > MOST_DAYS:
        raise ValueError
    return days


def _number(value: Any, _currency: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError
    if not math.isfinite(number := float(value)) or abs(number) > LARGEST:
        raise ValueError
    return number


def _money(value: Any, currency: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError
    try:
        return to_minor(value, currency)
    except CrmError:
        raise ValueError from None


def _text(value: Any, _currency: str) -> str:
    # What no database keeps as text: NUL, and halves of surrogate pairs.
    if not isinstance(value, str) or "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError
    return value


def _item(value: Any, currency: str) -> str:
    if "\x1f" in (text := _text(value, currency)) or not text:  # the sign between a list's items
        raise ValueError
    return text


def _bool(value: Any, _currency: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _day(value: Any, _currency: str) -> date:
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime) or value.year not in _YEARS:
        raise ValueError
    return value


def _moment(value: Any, currency: str) -> date | datetime:
    if isinstance(value, str) and len(value) > 10:
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return _day(value, currency)
    if value.year not in _YEARS:
        raise ValueError
    return value


def _month_day(value: Any, _currency: str) -> str:
    if isinstance(value, str) and (found := _MONTH_DAY.match(value)):
        return f"{date(2000, int(found[1]), int(found[2])):%m-%d}"
    raise ValueError


_CONVERTERS: dict[FieldType, Callable[[Any, str], Any]] = {
    FieldType.INT: _int,
    FieldType.AGE: _days,
    FieldType.DAYS: _days,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _money,
    FieldType.TEXT: _text,
    FieldType.LIST: _item,
    FieldType.BOOL: _bool,
    FieldType.DATE: _day,
    FieldType.INSTANT: _moment,
    FieldType.ANNIVERSARY: _month_day,
}


def _wanted(kind: FieldType, currency: str) -> str:
    match kind:
        case FieldType.INT | FieldType.AGE:
            return _("a whole number")
        case FieldType.DAYS:
            return _("a whole number of days")
        case FieldType.NUMBER:
            return _("a number")
        case FieldType.MONEY:
            return _("an amount in {currency} such as 99.50").format(currency=currency)
        case FieldType.BOOL:
            return _("true or false")
        case FieldType.DATE:
            return _("a day such as 2024-11-11")
        case FieldType.INSTANT:
            return _('a day such as 2024-11-11 or a time such as "2024-11-11 20:00"')
        case FieldType.ANNIVERSARY:
            return _('a day of the year such as "05-20"')
        case _:
            return _("text (put it in quotes)")
