"""What is said about a template before anybody gets it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.hooks.channels import Channel
from crmcore.messages.dates import days_in
from crmcore.messages.lint import Frame, lint
from crmcore.messages.template import load_template
from crmcore.messages.variables import COMMON, NAMES, meanings, personal
from crmcore.messages.words import Words
from crmcore.rules.catalogue import Catalogue

TODAY = date(2026, 12, 1)
FIELDS = tuple(Catalogue.core())
GOOD = "#客户昵称#，面霜快用完了吧？{{ offer }}，12月20日前有效，拒收请回复R"


class Sms(Channel):
    name, personal, address_kinds = "sms", True, ("phone",)


class Mail(Channel):
    name, has_subject, has_html, reading_days = "mail", True, True, 3


class OrdersOnly(Channel):
    name, purposes = "orders_only", ("order",)


def found(
    text: str, channel: Channel | None = None, words: Words | None = None, **keys: object
) -> dict[str, bool]:
    """The findings: code -> whether it is an error."""
    body = {"name": "t", "purpose": "promotion", "text": text, "values": {"offer": "满200减30"}, **keys}
    known = frozenset({one.name for one in FIELDS} | {*NAMES, *COMMON, "extra"})
    frame = Frame("zh", known, personal(FIELDS), meanings(FIELDS), words or Words(), TODAY, channel)
    return {one.code: one.error for one in lint(load_template(body), frame)}


@pytest.mark.parametrize(
    ("text", "channel", "keys", "codes"),
    [
        (
            "{{ called }}, your cream is nearly empty. {{ offer }} until 20 December. Reply STOP",
            Sms(),
            {},
            {},
        ),
        ("Everything 30 off. Reply STOP", Sms(), {}, {"impersonal": True}),
        ("Everything 30 off", None, {}, {"impersonal": False}),
        ("Your parcel is on its way", Sms(), {"purpose": "order"}, {}),
        ("{{ called }}: you bought tea on 30 November", None, {}, {"date": False}),
        ("{{ called }}: ends Nov 30", None, {}, {"date": True}),
        ("{{ called }}: until 3 December", Mail(), {"subject": "Tea"}, {"ends": False}),
        ("{{ called }}: until 4 December", Mail(), {"subject": "Tea"}, {}),
        ("{{ called }}", Mail(), {"subject": "x" * 51}, {"subject": False}),
        ("{{ called }}: FREE  money", None, {}, {"word": True}),
    ],
)
def test_in_english_it_is_the_same(
    text: str, channel: Channel | None, keys: dict[str, object], codes: dict[str, bool]
) -> None:
    body = {"name": "t", "purpose": "promotion", "text": {"en": text}, "values": {"offer": "30 off"}, **keys}
    known = frozenset({one.name for one in FIELDS} | {*NAMES, *COMMON, "extra"})
    words = Words(own=("free money",))
    frame = Frame("en", known, personal(FIELDS), meanings(FIELDS), words, TODAY, channel)
    assert {one.code: one.error for one in lint(load_template(body), frame)} == codes


def texts(text: str, **keys: object) -> str:
    body = {"name": "t", "purpose": "promotion", "text": text, **keys}
    known = frozenset({one.name for one in FIELDS} | {*NAMES, *COMMON})
    frame = Frame("zh", known, personal(FIELDS), meanings(FIELDS), Words(), TODAY)
    return "\n".join(one.text for one in lint(load_template(body), frame))


def test_a_good_one_has_nothing_to_be_said_of() -> None:
    assert found(GOOD, Sms()) == {}


def test_a_promotion_without_a_variable_of_hers() -> None:
    assert found("全场满200减30，拒收请回复R") == {"impersonal": False}
    assert found("全场满200减30，拒收请回复R", Sms()) == {"impersonal": True}
    assert found("{{ offer }}，拒收请回复R", Sms()) == {"impersonal": True}  # the same for everybody
    assert found("您买过 {{ orders }} 次，拒收请回复R", Sms()) == {}
    assert found("您的包裹已发出", Sms(), purpose="order") == {}


def test_unknown_variables_come_with_the_nearest_name() -> None:
    assert "there is no variable 'nickame': did you mean 'nickname'?" in texts("{{ nickame }}")
    assert "there is no variable 'oders': did you mean 'orders'?" in texts("{{ oders }}")
    assert "#客户呢称# is no variable and will stand there as it is: did you mean '客户昵称'?" in texts(
        "#客户呢称#"
    )
    assert found("{{ nickame }}")["unknown"]
    assert not found(GOOD + "#周年庆活动来啦#")["unknown"]  # a topic, as on Weibo: said, not refused


def test_titles_of_fields_stand_between_hashes() -> None:
    assert found("#累计消费# #客单价#") == {}


@pytest.mark.parametrize(
    ("text", "banned"),
    [
        ("全网最低价", True),
        ("国 家 级 品质", True),  # blanks hide nothing
        ("点击领奖", True),
        ("送上最好的祝福", False),
        ("最近上新", False),
        ("您的电子发票", False),
    ],
)
def test_words_of_the_advertising_law(text: str, banned: bool) -> None:
    assert found(f"#客户昵称# {text}").get("word", False) is banned
    assert "word" not in found(text, purpose="service")


def test_the_shop_edits_the_words() -> None:
    assert "word" not in found("#昵称# 全网最低", words=Words(allowed=("全网最低",)))
    assert found("#昵称# 清仓", words=Words(own=("清仓",))) == {"word": True}
    assert Words.of({"own": ["a", ""], "allowed": "no list"}) == Words(("a",), ())
    assert "word" in found(GOOD, values={"offer": "史无前例"})


def test_days_that_are_over() -> None:
    assert found("#昵称# 双11（11月11日）买过的您") == {"date": False}
    assert found("#昵称# 优惠截止11月30日") == {"date": True}
    assert found("#昵称# 好", offer_ends="2026-11-30") == {"date": True}
    assert found("#昵称# {{ ends }} 止", values={"ends": "2025-12-05"}) == {"date": False}


def test_an_offer_must_last_until_the_mail_is_read() -> None:
    assert found("#昵称# 优惠12月3日止", Sms()) == {}
    assert found("#昵称# 优惠12月3日止", Mail(), subject="好") == {"ends": False}
    assert found("#昵称# 优惠12月4日止", Mail(), subject="好") == {}


def test_what_fits_the_channel() -> None:
    assert found("#昵称#", Mail()) == {"subject": True}
    assert found("#昵称#", Mail(), subject="长" * 51) == {"subject": False}
    assert found("#昵称#", Sms(), html="<b>#昵称#</b>") == {"html": False}
    assert found("#昵称#", Sms(), channels=["mail"]) == {"channel": False}
    assert found("#昵称#", OrdersOnly()) == {"purpose": True}
    assert found("#昵称#", html={"en": "#昵称#"}) == {"language": False}
    assert found("{{ a") == {"syntax": True}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-12-05", [(date(2026, 12, 5), False)]),
        ("2026年12月5日前", [(date(2026, 12, 5), True)]),
        ("截止到12月5日", [(date(2026, 12, 5), True)]),
        ("1月5日见", [(date(2027, 1, 5), False)]),  # the nearest one
        ("until 5 December", [(date(2026, 12, 5), True)]),
        ("ends Dec 5th!", [(date(2026, 12, 5), True)]),
        ("12/5", [(date(2026, 12, 5), False)]),
        ("2月30日 13月1日 2026-02-30", []),
        ("满200减30，3.5折，24小时，1/2", [(date(2027, 1, 2), False)]),
    ],
)
def test_days_in_texts(text: str, days: list[tuple[date, bool]]) -> None:
    assert list(days_in(text, TODAY)) == days


@given(st.dates(date(2026, 7, 1), date(2027, 4, 30)))
def test_a_day_is_found_however_it_is_written(day: date) -> None:
    for text in (f"{day}", f"{day.month}月{day.day}日", f"{day:%B} {day.day}", f"{day.day} {day:%b}"):
        assert [one for one, _last in days_in(text, TODAY)] == [day]
