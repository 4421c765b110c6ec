from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import UsageError
from crmcore.records.profile import clean_birthday, clean_gender, clean_profile


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1990-05-17", "1990-05-17"),
        ("1990/5/17", "1990-05-17"),
        ("1990.5.7", "1990-05-07"),
        ("19900517", "1990-05-17"),
        ("1990年5月17日", "1990-05-17"),
        ("5月17日", "--05-17"),
        ("05-17", "--05-17"),
        ("--05-17", "--05-17"),
        ("02-29", "--02-29"),
        ("1992-02-29", "1992-02-29"),
    ],
)
def test_birthdays_have_one_form(written: str, expected: str) -> None:
    assert clean_birthday(written) == expected
    assert clean_birthday(expected) == expected


@pytest.mark.parametrize("text", ["1990-02-29", "1990-13-01", "13-01", "May 17", "1990", "0000-01-01", "x"])
def test_what_is_no_birthday_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a birthday"):
        clean_birthday(text)


@given(day=st.dates())
def test_every_day_is_a_birthday(day: object) -> None:
    assert clean_birthday(str(day)) == str(day)


@pytest.mark.parametrize(("written", "expected"), [("女", "female"), ("M", "male"), (" 先生 ", "male")])
def test_genders_are_understood(written: str, expected: str) -> None:
    assert clean_gender(written) == expected


def test_a_profile_is_cleaned_field_by_field() -> None:
    assert clean_profile({"name": " 王  芳 ", "note": "\t", "extra.鞋码": 38, "city": None}) == {
        "name": "王 芳",
        "note": None,
        "extra.鞋码": "38",
        "city": None,
    }
    for wrong in ("phone", "extra.", "extra.a b", "extra.1x", "id"):
        with pytest.raises(UsageError, match="has no field"):
            clean_profile({wrong: "x"})
