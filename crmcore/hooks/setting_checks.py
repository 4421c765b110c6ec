"""Checks that plugins' `Settings` share: prices, days, shares, bounds that rise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise

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


def at_least(least: int, /, **numbers: float) -> None:
    """Raise `ValueError`, naming the setting, for a number below `least`."""
    for name, number in numbers.items():
        if not number >= least:
            raise ValueError(_("{name} is {least} or more").format(name=name, least=least))


def within(least: int, most: int, /, **numbers: float) -> None:
    """Raise `ValueError`, naming the setting, for a number below `least` or above `most`."""
    for name, number in numbers.items():
        if not least <= number <= most:
            text = _("{name} is between {least} and {most}")
            raise ValueError(text.format(name=name, least=least, most=most))


def a_share(**numbers: float) -> None:
    """Raise `ValueError`, naming the setting, for what is no share of a whole: above 0, up to 1."""
    for name, number in numbers.items():
        if not 0 < number <= 1:
            raise ValueError(_("{name} is a share above 0 and up to 1, such as 0.4").format(name=name))


def rising(name: str, numbers: Sequence[float], *, such_as: Sequence[float], least: float = 1) -> None:
    """Raise `ValueError`, naming the setting, when bounds do not rise from `least` on, or there are none."""
    if not numbers or numbers[0] < least or any(low >= high for low, high in pairwise(numbers)):
        text = _("{name} must be numbers of {least:g} or more that rise, such as {example}")
        example = ", ".join(f"{one:g}" for one in such_as)
        raise ValueError(text.format(name=name, least=least, example=example))
