"""What the card says of a customer: who she is, what is owed to her, what to say now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from crmcore.desk import brief_words as words
from crmcore.desk import card_acts as acts
from crmcore.desk.advice import core_advice
from crmcore.desk.brief import Brief, brief
from crmcore.desk.card_look import beside, more_events
from crmcore.desk.card_text import pieces, whole
from crmcore.desk.undoing import take_back_last
from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import speaking
from crmcore.people import Changes, People
from crmcore.shop import Shop
from tests.store import dossier

HOUR, DAY = 3600, 86_400


@pytest.fixture(params=["sqlite", "postgresql"])
def any_shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    with Shop.open(request.getfixturevalue(f"{request.param}_url"), actor="Ann") as opened, speaking("en"):
        yield opened


@pytest.fixture
def shop(sqlite_url: str) -> Iterator[Shop]:
    with Shop.open(sqlite_url, actor="Ann") as opened, speaking("en"):
        yield opened


def person(shop: Shop, **profile: Any) -> int:
    return People(shop).add(Changes({"name": "王芳", **profile}))[0]


def bought(shop: Shop, who: int, number: str, days_ago: int, amount: int = 15_900, **values: Any) -> int:
    at = shop.clock().now - days_ago * DAY
    with shop.write("test") as write:
        paid = {"placed_at": at, "paid_at": at, "net_total": amount, "ordered_total": amount}
        made = dossier.order(write, who, number, **{**paid, **values})
        dossier.line(write, made, f"面霜 {number}", category="面霜")
    return made


def log(shop: Shop, who: int, kind: str, text: str, *, days_ago: int = 0, **more: Any) -> int:
    return People(shop).log(who, kind, text, at=shop.clock().now - days_ago * DAY - 10, **more)


def test_a_customer_from_top_to_bottom(any_shop: Shop) -> None:
    shop, today = any_shop, any_shop.clock().today
    born = (today + timedelta(days=12)).replace(year=1992)
    her = person(
        shop, nickname="小葵", gender="female", birthday=born.isoformat(), province="浙江省", city="杭州市"
    )
    for number, days in (("a", 200), ("b", 80), ("c", 38)):
        bought(shop, her, number, days)
    back = bought(shop, her, "d", 20, amount=0, refunded_total=8_900, refunded_at=shop.clock().now - 18 * DAY)
    log(shop, her, "chat", "问敏感肌能否用", days_ago=7, owner="客服甲", channel="旺旺")
    log(shop, her, "note", "皮肤敏感", days_ago=30)
    log(shop, her, "review", "有点刺痛", days_ago=15, payload={"rating": -1})
    log(shop, her, "review", "很好", days_ago=14, payload={"rating": 1})
    log(shop, her, "complaint", "色差", days_ago=19, state="closed", order_id=back, payload={"cause": "色差"})
    log(shop, her, "promise", "补面膜", days_ago=7, owner="客服甲")
    late = log(
        shop, her, "complaint", "瓶口漏液", days_ago=1, due_at=shop.clock().now - HOUR, payload={"grade": 2}
    )
    People(shop).edit(her, Changes({}, tags=["VIP2", "敏感肌"]))

    card = brief(shop, her)
    assert (card.standing, card.mood, card.age_band, card.place) == ("old", "", "31-35", "浙江杭州")
    assert (card.tier, card.owner, card.platforms) == ("VIP2", "客服甲", ("taobao",))
    assert (card.orders, card.order_count, card.total_spent, card.average) == (3, 4, 47_700, 15_900)
    assert (card.days_since, card.refunds, card.refunds_total) == (38, 1, 8_900)
    assert words.figures(card) == [
        "3 orders", "477 CNY in all", "159 CNY each", "last 38 days ago", "refunded 89 CNY",
    ]  # fmt: skip
    assert [(one.kind, one.text, one.late, one.grade) for one in card.alerts] == [
        ("complaint", "瓶口漏液", True, 2),
        ("promise", "补面膜", False, None),
    ]
    assert words.orders(card) == "orders (3 bought, 1 refunded in full)"
    assert words.due(card.alerts[0], card).startswith("overdue since ")
    # What was said last: the complaint that is closed; the open one stands above already.
    assert [one.text for one in card.talks] == ["问敏感肌能否用", "色差"]
    assert [one.text for one in card.notes] == ["皮肤敏感"]
    assert [one.text for one in card.bad_reviews] == ["有点刺痛"]
    assert [(one.number, one.refund, one.reason) for one in card.purchases[:2]] == [
        ("d", "full", "色差"),
        ("c", "", None),
    ]
    assert (words.state(card.purchases[0]), words.goods(card.purchases[1])) == (
        "refunded in full",
        "面霜 c x1",
    )
    assert words.birthday(card) == f"birthday {born:%m-%d} (in 12 days)"
    assert card.promotion.answer == "no"
    assert words.promotion(card) == f"promotion: no - complaint open: #{late}"
    assert [(one.text, one.reason) for one in core_advice(card)] == [
        ("tell her first how her complaint stands: 瓶口漏液", f"Complaint #{late}"),
        ("make good what was promised: 补面膜", f"Promise #{card.alerts[1].id}"),
    ]


def test_what_came_back_is_told_apart_from_what_came_to_nothing(shop: Shop) -> None:
    her = person(shop)
    bought(shop, her, "back", 9, amount=0, refunded_total=8_900, refunded_at=shop.clock().now)
    assert words.figures(brief(shop, her)) == ["orders, all refunded in full"]
    bought(shop, her, "unpaid", 8, paid_at=None)
    card = brief(shop, her)
    assert words.figures(card) == ["orders, none of them bought"]
    assert words.orders(card) == "orders (0 bought, 1 refunded in full, 1 not bought)"


def test_the_order_she_was_looked_up_by_stands_first(shop: Shop) -> None:
    her = person(shop)
    for number in range(7):
        bought(shop, her, f"n{number}", number)
    card = brief(shop, her, "n6")
    assert [one.number for one in card.purchases] == ["n6", "n0", "n1", "n2", "n3", "n4"]
    assert [one.asked for one in card.purchases[:2]] == [True, False]
    assert [one.number for one in brief(shop, her, "n1").purchases][:2] == ["n1", "n0"]
    assert (card.order_count, brief(shop, her, "nobody's").order_count) == (7, 7)


def test_somebody_new(shop: Shop) -> None:
    card = brief(shop, person(shop))
    assert (card.standing, card.called, card.age_band, card.days_since) == ("new", "王芳", "", None)
    assert words.figures(card) == ["nothing bought yet"]
    assert card.alerts == card.talks == card.purchases == core_advice(card) == ()
    assert words.promotion(card) == "promotion: ask first - was never asked"


def test_an_unknown_customer(shop: Shop) -> None:
    with pytest.raises(NotFoundError):
        brief(shop, 404)


@pytest.mark.parametrize(("days", "mood"), [(89, ""), (90, "quiet"), (179, "quiet"), (180, "asleep")])
def test_how_long_she_has_been_away(shop: Shop, days: int, mood: str) -> None:
    her = person(shop)
    bought(shop, her, "a", days)
    card = brief(shop, her)
    assert (card.standing, card.mood) == ("once", mood)


def consents(shop: Shop, her: int, *said: tuple[str, str]) -> Brief:
    for channel, state in said:
        People(shop).consent(her, channel, "promotion", state, "her letter", None)
    return brief(shop, her)


def test_whether_she_may_be_sent_a_promotion(shop: Shop) -> None:
    her = person(shop)
    said = consents(shop, her, ("sms", "granted"), ("email", "denied")).promotion
    assert (said.answer, said.checks[0].words) == ("yes", "agreed: text messages")
    assert consents(shop, person(shop), ("*", "denied")).promotion.reasons == ("refused: all channels",)
    assert consents(shop, person(shop), ("sms", "claimed")).promotion.answer == "ask"
    bought(shop, her, "a", 5, amount=0, refunded_total=100, refunded_at=shop.clock().now - 3 * DAY)
    assert brief(shop, her).promotion.reasons == ("got money back 3 days ago",)


def test_who_lives_on_in_another_record_is_held_to_the_stricter_word(shop: Shop) -> None:
    her, twin = person(shop), person(shop)
    assert consents(shop, twin, ("*", "denied")).promotion.answer == "no"
    assert consents(shop, her, ("sms", "granted")).promotion.answer == "yes"
    People(shop).merge(her, twin)
    assert brief(shop, her).promotion.answer == "no"


def test_call_backs_count_as_due_from_their_day_on(shop: Shop) -> None:
    her = person(shop)
    log(shop, her, "call", "later", state="planned", due_at=shop.clock().now + 3 * DAY)
    assert core_advice(brief(shop, her)) == ()
    log(shop, her, "call", "now", state="planned", due_at=shop.clock().now - HOUR)
    card = brief(shop, her)
    assert [one.text for one in core_advice(card)] == ["the call-back is due: now"]
    assert [one.text for one in card.alerts] == ["now", "later"]
    assert card.talks == ()  # nobody has talked to her yet


def test_acts_move_what_is_open_and_can_be_taken_back(shop: Shop) -> None:
    her = person(shop)
    number = log(shop, her, "complaint", "broken")
    [alert] = brief(shop, her).alerts
    assert [one.name for one in acts.next_states(shop, alert)] == ["in_progress", "settled", "closed"]
    acts.move(shop, number, "settled", "Complaint")
    assert brief(shop, her).alerts == ()
    assert take_back_last(shop).why == f"Complaint #{number}: settled"
    with speaking("zh"):
        acts.move(shop, number, "settled", "投诉")
    assert take_back_last(shop).why == f"投诉 #{number}：已解决"
    assert [one.id for one in brief(shop, her).alerts] == [number]
    with pytest.raises(CrmError, match="from there it can go to"):
        acts.move(shop, number, "kept", "Complaint")


def test_tags_become_exactly_what_was_typed(shop: Shop) -> None:
    her = person(shop)
    assert acts.change_tags(shop, brief(shop, her), "VIP， 敏感肌、VIP") == (["VIP", "敏感肌"], [])
    assert acts.change_tags(shop, brief(shop, her), "敏感肌") == ([], ["VIP"])
    assert brief(shop, her).tags == ("敏感肌",)
    assert acts.change_tags(shop, brief(shop, her), "敏感肌") == ([], [])
    assert acts.tags_in_use(shop) == ["敏感肌"]


def test_what_stands_beside_the_card(shop: Shop) -> None:
    her = person(shop)
    for number in range(5):
        bought(shop, her, f"n{number}", number)
    log(shop, her, "note", "hello")
    found = beside(shop, brief(shop, her), events=3)
    assert [one.kind for one in found.page.entries] == ["order", "note", "order"]
    assert ("Orders", "5", "orders bought") in [(one.title, one.value, one.meaning) for one in found.figures]
    assert [one.why for one in found.touches][:2] == ["wrote down Note", "test"]
    assert found.touches[0].actor == "Ann"
    rest = more_events(shop, her, found.page.next)
    assert len(rest.entries) == 3
    assert rest.next is None


def test_the_card_as_text(shop: Shop) -> None:
    her = People(shop).add(Changes({"name": "王芳", "city": "杭州市"}, phones=["13800000000"]))[0]
    bought(shop, her, "35153", 3)
    card = brief(shop, her)
    assert pieces(card) == [
        ("name", "王芳"), ("phone", "13800000000"), ("address", "杭州市"), ("order number", "35153"),
    ]  # fmt: skip
    text = whole(card)
    assert text.startswith("[one order] 王芳 杭州市\n1 order  159 CNY in all")
    assert "phone: 13800000000" in text
    assert "面霜 35153 x1" in text
    assert text.endswith("promotion: ask first - was never asked")


@pytest.mark.parametrize(
    ("age", "band"), [(17, "<18"), (18, "18-20"), (20, "18-20"), (26, "26-30"), (30, "26-30"), (31, "31-35")]
)
def test_age_bands(shop: Shop, age: int, band: str) -> None:
    year = shop.clock().today.year - age
    assert brief(shop, person(shop, birthday=f"{year}-01-01")).age_band == band


def test_no_age_without_a_year(shop: Shop) -> None:
    card = brief(shop, person(shop, birthday="05-17"))
    assert card.age_band == ""
    assert words.birthday(card).startswith("birthday 05-17 (")


@pytest.mark.parametrize(
    ("province", "city", "rest", "copied"),
    [
        ("浙江", "杭州市", "西湖区样例路18号", "浙江杭州市西湖区样例路18号"),
        ("四川", "成都市", "四川省 成都市 武侯区样例路1号", "四川省 成都市 武侯区样例路1号"),
        ("四川", "成都市", "成都市武侯区样例路1号", "四川成都市武侯区样例路1号"),
        ("江苏", "南京市", "江苏路3号", "江苏南京市江苏路3号"),
        ("北京", "北京市", "朝阳区样例路1号", "北京市朝阳区样例路1号"),
        ("Oregon", "Portland", "420 Sample Street", "Oregon Portland 420 Sample Street"),
        (None, None, "样例路1号", "样例路1号"),
    ],
)  # fmt: skip
def test_an_address_that_is_copied_names_province_and_city_once(
    shop: Shop, province: str | None, city: str | None, rest: str, copied: str
) -> None:
    her = person(shop, province=province, city=city, address=rest)
    assert dict(pieces(brief(shop, her)))["address"] == copied
