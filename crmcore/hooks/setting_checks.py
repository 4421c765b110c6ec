"""Checks that plugins' `Settings` share: prices, and numbers that are divided by or waited for."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

from crmcore.i18n import gettext as _

_DEAREST = 1_000_000  # major units
# Once a day, and a little less: what is smaller than this was a slip, and overflows when it is divided by.
_SMALLEST = 1e-5


def checked_price(name: str, text: str) -> Decimal:
    """A price as a setting has it, in major units ("0.045"); raises `ValueError` naming the setting."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found < _DEAREST:
        raise ValueError(_("{name} is an amount of 0 or more, such as 0.045").format(name=name))
    return found


def above_zero(**numbers: float) -> None:
    """Raise `ValueError`, naming the setting, for a number that is not above 0 or has no end."""
    for name, number in numbers.items():
        if not math.isfinite(number) or number < _SMALLEST:
            raise ValueError(_("{name} must be a number above 0").format(name=name))
