"""A small shop whose every record and day is fixed, and a clock that stands still: what is shown never varies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crmcore import plugin_choices
from crmcore.i18n import speaking
from crmcore.people import Changes, People
from crmcore.records.clock import Clock
from crmcore.records.identity import buyer_identity
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.store.candidates import propose
from crmcore.store.database import Write
from crmcore.store.identities import add_identity
from tests.conftest import NOW
from tests.store import dossier
from tests.tui import stopped_clock

DAY = 86_400
# Segments by the dozen: the screens are looked at with a list that fits on them.
LEFT_OUT = (
    "rfm_cells", "goods_bought", "campaign_nodes", "sources", "places", "age", "buyer_grade", "value_classes",
)  # fmt: skip
HER = "小葵爱护肤7"
# Number, days back, state, yuan (less than nothing: all of it went back), what, and how many.
_HERS = (
    ("T1009", 9, "shipped", 159, "修护精华 30ml", 1),
    ("T1008", 63, "completed", 199, "神经酰胺面霜 50g", 1),
    ("T1007", 142, "completed", 328, "神经酰胺面霜 50g 老客专享两件套装加赠旅行装", 2),
    ("T1006", 176, "completed", -89, "丝绒口红 12 号", 1),
    ("T1005", 246, "completed", 58, "补水面膜 5 片", 2),
)


@contextmanager
def stopped() -> Iterator[None]:
    """It is 2026-03-05 10:00 in Shanghai, here and in the processes that are started here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Clock, "at_present", classmethod(lambda cls, zone: cls(zone, NOW)))
        patch.setattr(time, "time", lambda: float(NOW))
        patch.setenv("CRM_TEST_NOW", str(NOW))
        patch.setenv("PYTHONPATH", str(Path(stopped_clock.__path__[0])))
        yield


def small_shop(folder: Path) -> Path:
    """The shop: a returning customer to whom things are owed, her masked twin, and some others."""
    settings = ShopSettings("CNY", "Asia/Shanghai", "zh")
    with speaking("zh"), Shop.create(folder / "shop", settings, actor="小美") as shop:
        for name in LEFT_OUT:
            plugin_choices.keep_switch(shop.documents, name, on=False)
        people = People(shop)
        told = {"name": "林晓葵", "nickname": HER, "gender": "female", "birthday": "1992-03-17",
                "province": "浙江省", "city": "杭州市", "address": "西湖区 样例路18号2幢301室"}  # fmt: skip
        her, _maybe = people.add(
            Changes(told, phones=["13800001207"], tags=["敏感肌", "只发顺丰", "不推口红"])
        )
        twin, _maybe = people.add(Changes({"name": "林**", "nickname": "小**7", "city": "杭州市"}))
        other, _maybe = people.add(
            Changes({"name": "王芳", "city": "宁波市"}, phones=["13900139000"], tags=["VIP"])
        )
        abroad, _maybe = people.add(
            Changes({"name": "Charlotte Featherstonehaugh-Smythe", "city": "Newcastle upon Tyne", "country": "GB"},
                    emails=["charlotte@example.com"])
        )  # fmt: skip
        new, _maybe = people.add(Changes({"name": "李雷", "birthday": "1988-03-06"}, phones=["13800138000"]))
        with shop.write("made") as write:
            for who, nickname in ((her, HER), (twin, "小**7")):
                add_identity(write, who, buyer_identity(nickname, "taobao"))
            for number, days, status, yuan, title, count in _HERS:
                order(write, her, number, days, status, yuan, title, count)
            order(write, twin, "T2001", 20, "completed", 116, "补水面膜 5 片", 2)
            order(write, other, "T3001", 130, "completed", 520, "抗皱眼霜 15g", 1)
            order(write, other, "T3002", 118, "completed", 260, "抗皱眼霜 15g", 1)
            order(write, abroad, "T4001", 3, "paid", 1280, "Night cream with ceramides, large", 4)
            order(write, new, "T5001", 1, "unpaid", 99, "洁面慕斯 150ml", 1)
            propose(write, her, twin, "mask")
            propose(write, other, new, "name_address")
        people.log(
            her,
            "chat",
            "问敏感肌能否叠加精华；嫌中通慢，要发顺丰",
            at=NOW - 63 * DAY,
            owner="小美",
            channel="旺旺",
        )
        people.log(her, "note", "给妈妈也买面霜，逢生日会多带一套", at=NOW - 63 * DAY + 900, owner="小美")
        people.log(her, "promise", "下单补面膜 2 片", at=NOW - 9 * DAY, due_at=NOW + DAY // 3, owner="小美")
        people.log(her, "complaint", "面霜收到时瓶口漏液", at=NOW - DAY, due_at=NOW + 8 * 3600, owner="阿宁",
                   payload={"grade": 2, "cause": "瓶口漏液"})  # fmt: skip
        people.log(other, "call", "三个月没来了，问是不是用得不合适", state="planned", at=NOW - 3 * DAY,
                   due_at=NOW - DAY, owner="大熊")  # fmt: skip
        people.log(abroad, "promise", "send the missing invoice", at=NOW - 2 * DAY, due_at=NOW - 3600)
    return folder / "shop"


def order(
    write: Write, who: int, number: str, days: int, status: str, yuan: int, title: str, count: int
) -> None:
    """An order of one line; what was paid was paid at once."""
    at, fen = NOW - days * DAY, abs(yuan) * 100
    paid, kept = status != "unpaid", yuan > 0
    made = dossier.order(
        write,
        who,
        number,
        status=status,
        placed_at=at,
        paid_at=at if paid else None,
        ordered_total=fen,
        paid_total=fen if paid else 0,
        refunded_total=0 if kept else fen,
        refunded_at=None if kept else at + 4 * DAY,
        net_total=fen if kept and paid else 0,
    )
    dossier.line(write, made, title, quantity=count, unit_price=fen // count, total=fen)
    write.touch([who])
