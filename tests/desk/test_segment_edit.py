"""What may stand at the cursor of a rule that is being written, and what it would find."""

from __future__ import annotations

import pytest

from crmcore.desk.segment_edit import begun, forget, hints, keep, look, replaces, word_before
from crmcore.errors import RuleError
from crmcore.rules.fields import FieldType
from crmcore.segments.completion import FieldInfo
from crmcore.segments.preview import Previews
from crmcore.shop import Shop
from crmcore.store.stopping import Stop, StoppedError

FIELDS = (
    FieldInfo("orders", FieldType.INT, "购买次数", "Orders", "", "crmcore", ("eq", "gte", "exists"), None, 1.0, (1, 2, 9)),
    FieldInfo("province", FieldType.TEXT, "省份", "Province", "", "crmcore", ("eq", "in"), None, 0.5, ("浙江", "江苏")),
    FieldInfo("status", FieldType.TEXT, "状态", "Status", "", "crmcore", ("eq",), "orders"),
)  # fmt: skip
RULE = "name: often\nwhere:\n  orders: {gte: 2}\n"


@pytest.mark.parametrize(
    ("before", "first"),
    [
        ("where:\n  all:\n    - prov", "province: "),
        ("where:\n  all:\n    - 省", "province: "),
        ("where:\n  ord", "orders: "),
        ("where:\n  al", "all: "),
        ("where:\n  orders: {", "eq: "),
        ("where:\n  orders: {g", "gte: "),
        ("where:\n  orders:\n    g", "gte: "),
        ("where:\n  all:\n    - orders:\n        ex", "exists: "),
        ("where:\n  orders: {gte: ", "1"),
        ("where:\n  province: {eq: 江", "江苏"),
        ("where:\n  province: {eq: 浙江}\n  or", "orders: "),
    ],
)
def test_the_first_proposal(before: str, first: str) -> None:
    assert [one.text for one in hints(FIELDS, before)][:1] == [first]


@pytest.mark.parametrize(
    "before", ["where:\n  orders: {gte: 2}", "where:\n  all: [a]", "where:\n  nothing_like_it"]
)
def test_nothing_is_proposed_where_nothing_fits(before: str) -> None:
    assert hints(FIELDS, before) == []


def test_a_proposal_tells_what_the_field_holds() -> None:
    [found] = hints(FIELDS, "where:\n  province")
    assert found.title == "Province"
    assert found.about == "text, 50% filled, e.g. 浙江, 江苏"


@pytest.mark.parametrize(
    ("text", "word"), [("- prov", "prov"), ("{eq: 浙", "浙"), ("a: ", ""), ("- ", ""), ("[a,b", "b")]
)
def test_the_word_that_is_typed(text: str, word: str) -> None:
    assert word_before(text) == word


def test_a_segment_is_looked_at_kept_and_forgotten(sqlite_url: str) -> None:
    with Shop.open(sqlite_url, actor="Ann") as shop:
        previews = Previews(shop.segments)
        assert look(previews, begun(shop), Stop()).error is None
        assert look(previews, RULE, Stop()).count == 0
        assert "nearly" in str(look(previews, RULE.replace("orders", "nearly"), Stop()).error)
        stop = Stop()
        stop.ask()
        with pytest.raises(StoppedError):
            look(previews, RULE, stop)
        assert replaces(shop, RULE, None) is None
        assert keep(shop, RULE) == "often"
        assert replaces(shop, RULE, None) == "often"
        assert replaces(shop, RULE, "often") is None
        with pytest.raises(RuleError):
            keep(shop, RULE.replace("gte", "greater"))
        forget(shop, "often")
        assert replaces(shop, RULE, None) is None
