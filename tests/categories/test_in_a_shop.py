"""Every category plugin in one shop: what is usual is worked out from its records, segments find their people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from crmcore.access import Access
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.store import schema
from tests.segments.conftest import at, insert_row

ALL = ("cosmetics", "womens_wear", "shoes_bags", "appliances", "home", "gifts_watches", "sportswear")


class People:
    """Customers written into a shop, known by a name."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.ids = shop, dict[str, int]()
        self.today = shop.clock().today

    def add(self, name: str, *bought: tuple[int, str], address: str | None = None, **said: str) -> None:
        """Somebody who bought these titles so many days ago; `said` are interactions: kind -> payload."""
        with self.shop.write("test") as write:
            id_ = self.ids[name] = insert_row(write, schema.customers, name=name)
            for place, (ago, title) in enumerate(bought):
                when = at(self.today - timedelta(days=ago))
                row: dict[str, Any] = {"source": "t", "number": f"{id_}/{place}", "currency": "CNY"}
                row |= {"placed_at": when, "paid_at": when, "net_total": 10_000, "status": "completed"}
                order = insert_row(write, schema.orders, customer_id=id_, address=address, **row)
                line = {"sku": title, "title": title, "quantity": 1, "position": 1}
                insert_row(write, schema.order_lines, order_id=order, **line)
            for kind, payload in said.items():
                state = "owed" if kind == "referral" else None
                when = at(self.today - timedelta(days=1))
                row = {"kind": kind, "at": when, "text": "", "payload": payload, "state": state}
                insert_row(write, schema.interactions, customer_id=id_, **row)
            write.touch([id_])

    def of(self, segment: str) -> set[str]:
        """The names of those in the segment; the count must agree."""
        found = {one.id for one in self.shop.segments.members(segment, limit=None).customers}
        assert self.shop.segments.count(segment).count == len(found)
        return {name for name, id_ in self.ids.items() if id_ in found}


def _made(folder: Path, plugins: str) -> Iterator[People]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("CRM_PLUGINS", plugins)
        with Shop.create(folder, ShopSettings("CNY", "Asia/Shanghai", "zh")) as shop:
            yield People(shop)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Everybody, with all trades switched on; nobody writes into it."""
    for made in _made(tmp_path_factory.mktemp("trades") / "shop", ",".join(ALL)):
        _fill(made)
        made.shop.packs.install(*made.shop.packs.find("home"))
        assert made.shop.freshen(600) == []
        yield made


@pytest.fixture
def neighbours(tmp_path: Path) -> Iterator[People]:
    """A shop for furniture."""
    yield from _made(tmp_path / "shop", "home")


def _fill(people: People) -> None:
    add = people.add
    for n in range(5):  # everybody's mask lasts 30 days
        add(f"面膜{n}", (230, "面膜 5片"), (200, "面膜 5片"))
    add("快用完", (30, "面膜 5片"))
    add("该补没补", (70, "面膜 5片"))
    add("新品客", (100, "秋款连衣裙"), (99, "风衣外套"))
    add("老客", (400, "老款连衣裙"))  # the shop's first sale: nobody knows how new that was
    add("冰箱", (90, "双门冰箱"), review='{"rating": 1}')
    add("空调", (175, "变频空调"))
    garden = "浙江省杭州市西湖区文一路9号阳光花园{}幢1单元101"
    add("邻居0", (20, "沙发"), address=garden.format(1))
    add("邻居1", (20, "瓷砖"), (10, "餐桌"), address=garden.format(2))
    unhappy = [(20, "窗帘"), (9, "衣柜"), (8, "书桌")]
    add("邻居2", *unhappy, address=garden.format(3), review='{"rating": -1}')
    lake = "浙江省杭州市西湖区文一路9号湖边小区{}幢101"
    add("别处", (20, "沙发"), address=lake.format(1))
    for n in range(2):  # more than a year ago: no group
        add(f"早就装好{n}", (390, "沙发"), address=lake.format(n + 2))
    add("送礼", (200, "腕表 礼盒"), referral="{}")
    add("情侣", (50, "情侣款跑鞋"))
    for n in range(6):
        add(f"跑鞋{n}", (430, "男款跑鞋"), (210, "男款跑鞋"))


def test_segments_of_every_trade_find_their_people(people: People) -> None:
    assert [(one.plugin, one.norm.name) for one in people.shop.norms.all() if one.due] == []
    assert people.of("refill_due") == {"快用完"}
    assert people.of("refill_second_sale") == {"快用完"}
    assert people.of("refill_overdue") == {"该补没补"}
    assert people.of("wear_new_arrivals") == {"新品客"}
    assert people.of("promoters") == {"冰箱"}
    assert people.of("care_not_sales") == {"冰箱", "空调"}
    assert people.of("maintenance_due") == {"空调"}
    assert people.of("group_buy") == {"邻居0", "邻居1", "邻居2"}
    assert people.of("group_leaders") == {"邻居1"}  # of those who are content she bought most
    assert "别处" in people.of("fitting_out")
    assert people.of("gift_givers") >= {"送礼"}
    assert people.of("referral_owed") == people.of("referrers") == {"送礼"}
    assert people.of("couples") == {"情侣"}
    assert people.of("shoes_worn_out") == {f"跑鞋{n}" for n in range(6)}
    worn = people.shop.norms.tables("sportswear", ["worn"])["worn"]
    assert worn["shoes"] == {"gap": 220.0, "low": 220.0, "high": 220.0, "count": 6}


def test_segments_of_a_pack_that_ask_who_else_lives_there(people: People) -> None:
    assert people.of("home_estate_group") == {"邻居0", "邻居1", "邻居2"}
    assert people.of("home_estate_leaders") == {"邻居1"}


def test_couples_are_found_before_a_lovers_day_only(people: People) -> None:
    days = [
        people.shop.calendar.get(name).days_until(people.today) for name in ("valentine", "love_day", "qixi")
    ]
    near = any(day is not None and day <= 15 for day in days)
    assert people.of("couples_lovers_day") == ({"情侣"} if near else set())


def test_the_screen_of_group_buys(people: People) -> None:
    page = people.shop.worker.shown("home", "crm_screens", "groups", Access(people.shop))
    assert page.rows == [("杭州市 阳光花园", "3", "邻居1")]
    assert list(page.customers) == [people.ids["邻居1"]]


def test_a_new_neighbour_makes_the_group_bigger(neighbours: People) -> None:
    add, shop = neighbours.add, neighbours.shop
    street = "浙江省杭州市西湖区文一路9号{}{}幢1单元101"
    for n in range(3):
        add(f"邻居{n}", (20, "沙发"), address=street.format("阳光花园", n + 1))
    for estate in ("南山小区", "山水花园", "东方名苑", "金色家园"):
        for n in range(2):
            add(f"{estate}{n}", (20, "沙发"), address=street.format(estate, n + 1))
    shop.freshen(600)
    add("邻居3", (1, "吊灯"), address=street.format("阳光花园", 8))
    shop.python_facts.work(shop.worker.facts)
    assert shop.norms.refresh(force=True, with_facts=True) == []
    assert shop.python_facts.waiting()[0] == 4  # these neighbours, nobody else
    shop.freshen(600)
    assert neighbours.of("group_buy") == {f"邻居{n}" for n in range(4)}


def test_days_gone_by(people: People) -> None:
    ago: date = people.today - timedelta(days=35)
    found = {one.id for one in people.shop.segments.members("refill_due", ago).customers}
    assert found == {people.ids["该补没补"]}  # she was due then
