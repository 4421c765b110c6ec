"""Money: integers of the currency's minor unit inside, major units where people write or read.

The number of decimals per currency is ISO 4217's; what is not listed has two.
"""

from __future__ import annotations

import difflib
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, Overflow

from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _

_DECIMALS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
# What people call a currency that has another code.
_OFTEN_SAID = {"RMB": "CNY", "CNH": "CNY", "NTD": "TWD", "STG": "GBP", "YEN": "JPY"}
# ISO 4217 keeps these codes for tests, and for no currency at all.
_NO_MONEY = ("XTS", "XXX")
_CURRENCY = re.compile(r"^[A-Z]{3}$")
# The largest amount we keep, in minor units: a 64-bit integer with room for sums over every order of a shop.
LARGEST = 10**15


def decimals(currency: str) -> int:
    """How many decimals `currency` (ISO 4217 code) has: 2 for CNY, 0 for JPY."""
    return _DECIMALS.get(currency, 2)


def check_currency(code: str) -> str:
    """Return the ISO 4217 code in capitals; raises `UsageError` when it is not three letters."""
    code = code.strip().upper()
    if not _CURRENCY.match(code):
        raise UsageError(
            _("{code!r} is not a currency: three letters such as CNY, USD, EUR").format(code=code)
        )
    return code


def known_currency(code: str) -> str:
    """Return the code in capitals where ISO 4217 lists it; raises `UsageError` with the nearest one."""
    from iso4217 import Currency  # read from a table when it is first asked for

    code = check_currency(code)
    known = [one.code for one in Currency if one.code not in _NO_MONEY]
    if code not in known:
        paid_with = [one for one in known if not one.startswith("X")]  # X…: of several countries, or metals
        near = _OFTEN_SAID.get(code) or next(iter(difflib.get_close_matches(code, paid_with, n=1)), "CNY")
        text = _("there is no currency {code!r} in ISO 4217; did you mean {near}?")
        raise UsageError(text.format(code=code, near=near))
    return code


def to_minor(amount: Decimal | int | float | str, currency: str) -> int:
    """Turn an amount in major units into integer minor units, halves away from zero.

    Raises `CrmError` for what is no finite number, and beyond `LARGEST`.
    """
    try:
        value = Decimal(str(amount)).scaleb(decimals(currency))
    except (InvalidOperation, Overflow):
        raise CrmError(_("{amount!r} is not an amount of money").format(amount=amount)) from None
    if not value.is_finite() or abs(value) > LARGEST:
        raise CrmError(_("{amount!r} is not an amount of money we can keep").format(amount=amount))
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_major(minor: int, currency: str) -> Decimal:
    """The amount in major units: 1284 -> Decimal('12.84') for CNY."""
    return Decimal(minor).scaleb(-decimals(currency))
