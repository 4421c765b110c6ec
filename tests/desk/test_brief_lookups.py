"""Ten lookups as a clerk does them, in a shop made of Taobao's lists: one of 2017, one of 2022, masked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.desk.brief import brief
from crmcore.desk.card_same import Same, choices, confirm
from crmcore.desk.lookup import Lookup, look_up
from crmcore.desk.undoing import take_back_last
from crmcore.errors import CrmError
from crmcore.i18n import speaking
from crmcore.shop import Shop
from tests.importers.test_taobao import H2017, H2022, ROW, csv_of

OPEN = {
    **ROW,
    "订单创建时间": "2017-07-08 00:42:32",
    "订单状态": "交易成功",
    "确认收货时间": "2017-07-18 00:42:32",
}
PEOPLE_2017 = (
    {"订单编号": "35153000000000017"},
    {"订单编号": "35153000000000018", "订单创建时间": "2017-09-01 10:00:00"},
    {
        "订单编号": "35153000000000019",
        "买家会员名": "海边的林",
        "收货人姓名": "林远",
        "联系手机": "13900001207",
        "买家支付宝账号": "lin@example.com",
    },
)
HIDDEN = {"买家支付宝账号": "", "收货地址 ": "浙江省 杭州市 西湖区 ****"}
PEOPLE_2022 = (
    {"订单编号": "26153000000000001", "买家会员名": "小**7", "收货人姓名": "王**", "联系手机": "1******0000"},
    {"订单编号": "26153000000000002", "买家会员名": "夜**9", "收货人姓名": "赵**", "联系手机": "1******4412"},
    {"订单编号": "26153000000000003", "买家会员名": "夜**9", "收货人姓名": "钱**", "联系手机": "1******4413"},
)


@pytest.fixture(scope="module")
def imported(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taobao")
    shutil.copyfile(sqlite_template, folder / "shop.db")
    clear = csv_of(folder / "ExportOrderList2017.csv", H2017, *({**OPEN, **one} for one in PEOPLE_2017))
    then = {**OPEN, "订单创建时间": "2022-05-01 09:00:00", "订单付款时间 ": "2022-05-01 09:01:00", **HIDDEN}
    masked = csv_of(folder / "ExportOrderList2022.csv", H2022, *({**then, **one} for one in PEOPLE_2022))
    with Shop.open(f"sqlite:///{folder / 'shop.db'}", actor="clerk") as shop:
        for path in (clear, masked):
            [result] = shop.imports.run([path])
            assert result.counts.new == 3
    return folder / "shop.db"


@pytest.fixture
def shop(imported: Path, tmp_path: Path) -> Iterator[Shop]:
    shutil.copyfile(imported, tmp_path / "shop.db")
    with Shop.open(f"sqlite:///{tmp_path / 'shop.db'}", actor="clerk") as opened, speaking("en"):
        yield opened


def told(lookup: Lookup) -> list[str]:
    """Each match: what to call her and by what she was found, `?` where she only may be meant."""
    return [f"{one.called} {one.match}{'' if one.certain else '?'}" for one in lookup.matches]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("小葵爱护肤7", ["小葵爱护肤7 buyer", "小**7 buyer?"]),  # the nickname, pasted
        ("王小葵", ["小葵爱护肤7 name"]),  # the real name
        ("+86 138-0000-0000", ["小葵爱护肤7 phone", "小**7 phone?"]),  # the phone, however it is written
        ("1207", ["海边的林 phone"]),  # its last four digits
        ("35153000000000018", ["小葵爱护肤7 order"]),  # an order number
        ("26153000000000002", ["夜**9 order"]),  # one of a masked order
        ("wxk", ["小葵爱护肤7 pinyin"]),  # pinyin initials
        ("某某路1号", ["小葵爱护肤7 address", "海边的林 address"]),  # a piece of the address
        ("夜猫爱买9", ["夜**9 buyer?", "夜**9 buyer?"]),  # a full nickname that only masked ones fit
        ("没有这个人", []),
    ],
)
def test_ten_lookups(shop: Shop, typed: str, expected: list[str]) -> None:
    assert sorted(told(look_up(shop, typed))) == sorted(expected)


def test_what_a_line_says_of_her(shop: Shop) -> None:
    found = look_up(shop, "小葵爱护肤7")
    assert found.only is not None
    assert (found.only.name, found.only.place, found.only.orders) == ("王小葵", "浙江杭州", 2)
    assert found.only.why == "buyer id"
    assert not found.more
    assert look_up(shop, "某某路", limit=1).more


def test_that_is_her_joins_the_masked_record_and_undo_parts_them(shop: Shop) -> None:
    found = look_up(shop, "小葵爱护肤7")
    assert found.only is not None
    her = brief(shop, found.only.customer_id)
    [same] = choices(her, found)
    assert same.words == f"小**7 王** #{same.other} (小葵爱护肤7 fits 小**7)"
    assert confirm(shop, her.id, same) == her.id
    joined = brief(shop, her.id)
    assert (joined.orders, joined.order_count) == (3, 3)
    assert told(look_up(shop, "小葵爱护肤7")) == ["小葵爱护肤7 buyer"]
    assert brief(shop, same.other or 0).id == her.id  # the old number leads to her
    take_back_last(shop)
    assert brief(shop, her.id).orders == 2
    assert told(look_up(shop, "小葵爱护肤7")) == ["小葵爱护肤7 buyer", "小**7 buyer?"]


def test_a_masked_name_that_cannot_be_hers_is_told_and_stands_last(shop: Shop) -> None:
    from crmcore.people import Changes, People

    People(shop).edit(look_up(shop, "26153000000000001").certain[0].customer_id, Changes({"name": "赵**"}))
    found = look_up(shop, "小葵爱护肤7")
    assert found.only is not None
    [same] = choices(brief(shop, found.only.customer_id), found)
    assert "小葵爱护肤7 fits 小**7, but the name does not" in same.words


def test_that_is_her_of_a_masked_record_alone_keeps_what_was_typed(shop: Shop) -> None:
    found = look_up(shop, "13512344412")
    [masked] = found.possible
    her = brief(shop, masked.customer_id)
    [same] = choices(her, found)
    assert (same.words, same.other) == ("13512344412 fits 1******4412", None)
    assert confirm(shop, her.id, same) == her.id
    again = look_up(shop, "135 1234 4412")
    assert again.only is not None
    assert again.only.customer_id == her.id
    take_back_last(shop)
    assert look_up(shop, "13512344412").only is None


def test_a_value_that_fits_nothing_of_hers_is_not_made_hers(shop: Shop) -> None:
    masked = look_up(shop, "26153000000000002").certain[0]
    with pytest.raises(CrmError, match="fits nothing hidden of hers"):
        confirm(shop, masked.customer_id, Same("", None, "13512349999"))


def test_pairs_that_were_proposed_can_be_confirmed_without_a_lookup(shop: Shop) -> None:
    from crmcore.store import candidates

    one, other = (match.customer_id for match in look_up(shop, "夜猫爱买9").possible)
    with shop.write("test") as write:
        candidates.propose(write, one, other, "name_address")
    [same] = choices(brief(shop, other), None)
    assert same.words == f"夜**9 赵** #{one} (same name and address)"
    assert confirm(shop, other, same) == one
    assert choices(brief(shop, one), None) == ()
