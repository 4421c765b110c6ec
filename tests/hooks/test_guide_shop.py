"""The plugins of the guide in a real shop: from a file to a segment to an action, beside broken ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.records.settings import ShopSettings
from crmcore.running import run
from crmcore.shop import Shop
from tests.hooks.conftest import BROKEN
from tests.hooks.test_docs import GUIDE

HEADER = (
    "订单编号,买家ID,微店昵称,收货人,手机号,下单时间,付款时间,订单状态,"
    "商品编码,商品名称,数量,单价,订单金额,退款金额,优惠券"
)
CAT = "待发货,CAT1,【pet_food】成猫粮 1kg,1,89.00,89.00,0,"
DOG = "待发货,DOG15,【pet_food】狗粮 15kg,1,299.00,299.00,0,满299减20"
ROWS = (
    f"W1001,b01,爱猫的小雨,林小雨,13800138001,{{day}} 09:00:00,{{day}} 09:01:00,{CAT}",
    f"W1002,b02,大黄妈妈,王芳,13800138002,{{day}} 10:00:00,{{day}} 10:02:00,{DOG}",
    f"W1003,b03,路人,张三,13800138003,{{day}} 11:00:00,,{CAT.replace('待发货', '待付款')}",
)
# Each of these would take the whole shop down if plugins were merely called.
ROTTEN = ("raises", "import_error", "fold_column", "wrapper", "returns_text", "bad_importer", "core_fact")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop.create(tmp_path / "teashop", ShopSettings("CNY", "Asia/Shanghai", "en"), actor="tester")
    folder = tmp_path / "teashop" / "plugins"
    for name, text in GUIDE.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    for name in ROTTEN:
        shutil.copy(BROKEN / f"{name}.py", folder)
    with made:
        yield made


def count(shop: Shop, segment: str) -> int:
    assert shop.freshen(600) == []
    [one] = run(shop, "pet_food", [segment], {}).result  # type: ignore[misc]
    return one["count"]  # type: ignore[has-type, no-any-return]


def test_from_a_file_to_a_segment_to_an_action(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    day = shop.clock().today.isoformat()
    path.write_text("\n".join((HEADER, *ROWS)).format(day=day), "utf-8")

    done = run(shop, "weidian", [str(path)], {})
    assert [(one["importer"], one["read"], one["orders_new"]) for one in done.result] == [("weidian", 3, 3)]  # type: ignore[attr-defined]

    # 1 kg lasts five days, 15 kg does not end this month, and what was not paid was not bought.
    assert count(shop, "refill_due") == 1
    shop.change_plugin_settings("pet_food", {"kg_a_day": "3"})
    assert count(shop, "refill_due") == 2

    done = run(shop, "thank_you", ["thank", "refill_due"], {"days": "3"})
    assert done.result["calls"] == 2  # type: ignore[call-overload, index]

    rows = {one.name: one for one in shop.plugins.plugins()}
    assert {name for name, one in rows.items() if one.error} >= set(ROTTEN)
    assert [rows[name].error for name in GUIDE] == [""] * len(GUIDE)
