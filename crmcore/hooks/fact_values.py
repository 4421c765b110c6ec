"""Whether what a fact returned is what it declared: checked where it was made, in the worker."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal

from crmcore.i18n import gettext as _

_LARGEST_INT = 2**63 - 1
_LONGEST_TEXT = 10_000
# What no database keeps in a text, or what separates the items of a list there.
_FORBIDDEN = re.compile("[\x00\x1f\ud800-\udfff]")
_NAMES = {
    "int": "int",
    "number": "float",
    "money": "Decimal",
    "text": "str",
    "instant": "datetime",
    "date": "date",
    "anniversary": "str",
    "bool": "bool",
    "list": "list[str]",
}


def checked_value(kind: str, value: object) -> object:
    """The value of a fact of that type (a `crmcore.rules.fields.FieldType`); None is an absent value.

    Lists become sorted tuples of distinct texts. Raises `TypeError` for another type, `ValueError` for a
    value that cannot be kept.
    """
    if value is None:
        return None
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "int" and type(value) is int:
        return _in_range(value)
    if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    if kind == "money" and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _amount(Decimal(value))
    if kind in ("text", "anniversary") and isinstance(value, str):
        return _text(value)
    if kind == "date" and type(value) is date:
        return value
    if kind == "instant" and isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(_("it returned a datetime without a time zone"))
        return value
    if kind == "list" and isinstance(value, list | tuple | set | frozenset):
        return _texts(value)
    raise TypeError(
        _("it returned {got}; {expected} or None is expected").format(
            got=type(value).__name__, expected=_NAMES.get(kind, kind)
        )
    )


def _in_range(value: int) -> int:
    if abs(value) > _LARGEST_INT:
        raise ValueError(_("it returned a number of more than 63 bits"))
    return value


def _number(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(_("it returned a number that is none (infinite or NaN)"))
    return float(value)


def _amount(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) > 10**12:
        raise ValueError(_("it returned no amount of money"))
    return value


def _text(value: str) -> str:
    if _FORBIDDEN.search(value) or len(value) > _LONGEST_TEXT:
        raise ValueError(_("it returned a text with control characters, or a very long one"))
    return str(value)


def _texts(values: list[object] | tuple[object, ...] | set[object] | frozenset[object]) -> tuple[str, ...]:
    if not all(isinstance(one, str) for one in values):
        raise TypeError(_("it returned a list of something else than texts"))
    return tuple(sorted({_text(one) for one in values if isinstance(one, str) and one}))
