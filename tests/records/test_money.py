from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from crmcore.errors import CrmError, UsageError
from crmcore.records.money import LARGEST, check_currency, decimals, known_currency, to_major, to_minor

CURRENCIES = st.sampled_from(["CNY", "USD", "EUR", "JPY", "KRW", "KWD", "XYZ"])


@given(minor=st.integers(-LARGEST, LARGEST), currency=CURRENCIES)
def test_there_and_back_is_the_same(minor: int, currency: str) -> None:
    major = to_major(minor, currency)
    assert to_minor(major, currency) == to_minor(str(major), currency) == minor


@given(amount=st.decimals(-(10**9), 10**9, places=6), currency=CURRENCIES)
def test_rounding_is_to_the_nearest(amount: Decimal, currency: str) -> None:
    assert (
        abs(to_major(to_minor(amount, currency), currency) - amount)
        <= Decimal(1).scaleb(-decimals(currency)) / 2
    )


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("12.84", "CNY", 1284),
        (12.84, "CNY", 1284),
        ("0.005", "CNY", 1),
        ("-0.005", "CNY", -1),
        ("1.5", "JPY", 2),
        ("0.0015", "KWD", 2),
        (1.1 + 2.2, "CNY", 330),
        ("1e3", "CNY", 100_000),
    ],
)
def test_amounts_become_minor_units(amount: str | float, currency: str, expected: int) -> None:
    assert to_minor(amount, currency) == expected


@pytest.mark.parametrize("amount", ["", "abc", "1,5", "NaN", "Infinity", "1e20", "1e999999", "--1"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(CrmError, match="not an amount of money"):
        to_minor(amount, "CNY")


def test_currencies_are_three_letters() -> None:
    assert check_currency(" cny ") == "CNY"
    for wrong in ("", "¥", "yuan", "C1Y", "CNYX"):
        with pytest.raises(CrmError, match="not a currency"):
            check_currency(wrong)


@pytest.mark.parametrize(("code", "near"), [("RMB", "CNY"), ("XXY", "CNY"), ("EURO", None), ("XXX", "CNY")])
def test_a_shop_counts_in_a_currency_that_there_is(code: str, near: str | None) -> None:
    assert known_currency(" jpy") == "JPY"
    with pytest.raises(UsageError, match=f"did you mean {near}" if near else "three letters"):
        known_currency(code)


def test_decimals_are_those_of_the_standard() -> None:
    funds = ("CLF", "UYI", "UYW")  # units of account, which nobody pays in
    told = {one.code: one.exponent for one in Currency if one.exponent is not None and one.code not in funds}
    assert {code: decimals(code) for code in told} == told
