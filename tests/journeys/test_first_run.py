"""Journeys in a real terminal: from nothing to a shop full of one's own customers, and back out of an import."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importing.shops import table
from tests.journeys.terminal import crm, needs_tmux

pytestmark = needs_tmux


def order_list(folder: Path) -> Path:
    """A Taobao order list: two people, one of whom ordered twice; one row has no day."""
    rows = [
        {
            "订单编号": str(300 + number), "买家会员名": buyer, "买家实际支付金额": "88.00", "总金额": "88.00",
            "订单状态": "交易成功", "收货人姓名": name, "联系手机": phone, "订单创建时间": day,
            "订单付款时间": day, "宝贝标题": "面霜 50g", "收货地址": "浙江省 杭州市 西湖区 文三路1号",
        }
        for number, (buyer, name, phone, day) in enumerate(
            [
                ("某昵称a7", "李雷", "13800138000", "2025-01-05 10:00:00"),
                ("某昵称a7", "李雷", "13800138000", "2025-03-05 10:00:00"),
                ("小雨", "韩梅梅", "13900139000", "2025-02-03 12:00:00"),
                ("小雨", "韩梅梅", "13900139000", "不是日期"),
            ]
        )
    ]  # fmt: skip
    return table(folder, rows, "ExportOrderList202511.csv")


WORDS = {
    "en": (
        "Make a shop from my order files",
        "What does the shop sell?",
        "Which files?",
        "would be set aside",
        "2 customers who have bought",
    ),
    "zh": ("用我的订单文件建店铺", "店里卖什么？", "导入哪些文件？", "会搁置 1 行", "2 位老顾客"),
}


# In the other language under stress, as the other journeys.
@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.stress)])
def test_a_shop_is_made_from_order_files_and_finds_its_old_customers(tmp_path: Path, lang: str) -> None:
    make, sells, which, aside, bought = WORDS[lang]
    file = order_list(tmp_path)
    with crm(None, lang=lang) as terminal:
        terminal.see(make)
        terminal.press("2")
        terminal.see("crm-shop")
        terminal.press("C-s")
        terminal.see(sells)
        terminal.press("Escape")
        terminal.see(which)
        terminal.type(f"'{file}' ")
        terminal.press("Enter")
        terminal.see(file.name, aside)
        terminal.press("Enter")
        terminal.see(bought, "90")
        terminal.press("F2")
        terminal.see("[F2 ")
        terminal.type("某昵称")
        terminal.see("李雷")
        terminal.press("C-q")
        terminal.see("LEFT 0")
