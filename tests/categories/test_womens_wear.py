"""Women's wear: her season, new arrivals, size and style, what comes back."""

from __future__ import annotations

from datetime import date

import pytest

from crmcore import NormTable, season_again
from tests.categories.histories import TODAY, Category, D, She, goods, zh


@pytest.fixture(scope="module")
def wear() -> Category:
    return Category("womens_wear")


def dress(title: str = "碎花连衣裙", size: str = "M") -> dict[str, object]:
    return goods(title, "连衣裙", options=f"颜色:红;尺码:{size}")


def test_her_season_begins_again_the_year_after(wear: Category) -> None:
    """S135: who buys in autumn is written to when the next autumn begins."""
    she = She()
    for day in (date(2024, 9, 10), date(2024, 10, 3), date(2025, 11, 2), date(2025, 6, 1)):
        she.bought(day, dress())
    facts = wear.facts(she)
    assert (facts["wear_season"], facts["wear_season_on"]) == ("autumn", date(2026, 9, 1))
    # Buying this autumn moves it on; buying in spring does not.
    assert wear.fact("wear_season_on", she.bought(date(2026, 3, 1), dress())) == date(2026, 9, 1)
    assert wear.fact("wear_season_on", she.bought(date(2026, 9, 5), dress())) == date(2027, 9, 1)


def test_two_days_make_no_season(wear: Category) -> None:
    she = She().bought(date(2025, 9, 1), dress(), dress()).bought(date(2025, 10, 1), dress())
    assert "wear_season" not in wear.facts(she)
    assert wear.facts(She().bought(TODAY, "面膜 5片", "男装衬衫")) == {
        "wear_back_share": 0.0,
        "wear_paid_orders": 1,
    }


@pytest.mark.parametrize(
    ("day", "again"),
    [
        (date(2025, 10, 3), date(2026, 9, 1)),
        (date(2025, 12, 31), date(2026, 12, 1)),
        (date(2026, 2, 28), date(2026, 12, 1)),
        (date(2024, 3, 1), date(2025, 3, 1)),
        (date(2024, 8, 31), date(2025, 6, 1)),
    ],
)
def test_seasons_come_again(day: date, again: date) -> None:
    assert season_again(day) == again


def test_who_takes_new_arrivals(wear: Category) -> None:
    arrivals = {"arrivals": NormTable({name: {"first": "2026-02-01"} for name in ("a裙", "b裙", "c裙")})}
    she = She().bought(date(2026, 2, 3), "a裙", "b裙").bought(date(2026, 3, 1), "c裙", "老款裙")
    facts = wear.facts(she, arrivals)
    # The old one is in nobody's table: nobody knows how new it was.
    assert (facts["new_arrivals_bought"], facts["new_arrival_share"]) == (2, 0.667)
    assert "new_arrivals_bought" not in wear.facts(she)
    edge = She().bought(date(2026, 2, 15), "a裙").bought(date(2026, 2, 16), "b裙")
    assert wear.fact("new_arrivals_bought", edge, arrivals) == 1
    follows = wear.segments()["wear_new_arrivals"].rule
    assert follows({"new_arrivals_bought": 2, "new_arrival_share": 0.5})
    assert not follows({"new_arrivals_bought": 2, "new_arrival_share": 0.49})
    assert not follows({"new_arrivals_bought": 1, "new_arrival_share": 1.0})


def test_her_size_and_style(wear: Category) -> None:
    she = She().bought(TODAY - 90 * D, dress("法式连衣裙", "L"))
    for back in (60, 30, 10):
        she.bought(TODAY - back * D, dress("法式碎花连衣裙", "M"))
    facts = wear.facts(she)
    assert (facts["wear_size"], facts["wear_styles"]) == ("M", ("碎花",))
    (size,) = wear.says(she)
    assert size.text == {"zh": "报尺码：她常穿 M", "en": "offer size M"}
    assert size.reason == {"zh": "最近 4 件里 3 件", "en": "3 of the last 4 pieces"}


def test_much_comes_back(wear: Category) -> None:
    she = She()
    for back, gone in ((80, True), (60, True), (40, False), (20, False)):
        she.bought(TODAY - back * D, dress(size="S" if gone else "M"), returned=gone)
    facts = wear.facts(she)
    assert (facts["wear_back_share"], facts["wear_paid_orders"], facts["wear_back_size"]) == (0.5, 4, "S")
    assert zh(wear.says(she)) == ["先核对尺码再发货"]
    assert wear.says(she)[0].reason == {
        "zh": "4 单退了 2 单，退得最多的是 S",
        "en": "2 of 4 came back, mostly S",
    }
    assert wear.says(she, facts={"complaints_open": 1}) == []
    assert zh(Category("womens_wear", {"orders": 5}).says(she)) == ["报尺码：她常穿 M"]


def test_a_small_refund_is_no_return(wear: Category) -> None:
    paid = {"ordered_total": 10_000, "paid_total": 10_000}
    postage = {**paid, "refunded_total": 1_000, "net_total": 9_000}
    half = {**paid, "refunded_total": 5_000, "net_total": 5_000}
    she = She().bought(TODAY - 9 * D, dress(), minor=postage).bought(TODAY - 8 * D, dress(), minor=half)
    assert wear.fact("wear_back_share", she) == 0.5


def test_what_to_say_when_her_season_begins(wear: Category) -> None:
    she = She(today=date(2026, 8, 20))
    for day in (date(2024, 9, 10), date(2024, 10, 3), date(2025, 11, 2)):
        she.bought(day, dress("法式连衣裙"))
    assert zh(wear.says(she)) == ["报尺码：她常穿 M", "给她看秋季新款：法式"]
    she.today = date(2026, 8, 1)
    assert zh(wear.says(she)) == ["报尺码：她常穿 M"]
    assert {"wear_season_due", "wear_new_arrivals", "wear_return_prone"} == wear.segments().keys()
