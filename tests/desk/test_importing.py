"""What files are, batches of them, how fast they come in, what they brought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crmcore.desk import found, importing
from crmcore.desk.importing_pace import PaceMaker
from crmcore.i18n import speaking
from crmcore.shop import Shop
from tests.importing.shops import mapping, table

TAOBAO = {
    "订单编号": "1", "买家会员名": "a", "买家实际支付金额": "5", "订单状态": "交易成功", "收货人姓名": "李雷",
    "联系手机": "13800138000", "总金额": "5", "订单创建时间": "2026-01-05 10:00:00",
    "订单付款时间": "2026-01-05 10:00:00", "宝贝标题": "面霜", "收货地址": "浙江省 杭州市 西湖区",
}  # fmt: skip


@pytest.fixture
def shop(sqlite_url: str) -> Iterator[Shop]:
    with Shop.open(sqlite_url, actor="clerk") as opened:
        yield opened


def test_files_are_recognised_or_told_why_not(shop: Shop, tmp_path: Path) -> None:
    taobao = table(tmp_path, [TAOBAO])
    unknown = table(tmp_path, [{"colour": "red"}])
    beside = table(tmp_path, [{"order_ref": "A1", "placed_at": "2026-01-05", "order_total": 3}], "own.csv")
    said = mapping(tmp_path, "own", record="order", columns=["order_ref", "placed_at", "order_total"])
    with speaking("en"):
        known, nobody, mapped = importing.recognise(shop, [taobao, unknown, beside])
    assert (known.importer, known.chosen, known.size) == ("taobao_orders", False, taobao.stat().st_size)
    assert 0.5 < known.score <= 1
    assert nobody.importer is None
    assert "no importer knows this file" in nobody.problem
    assert (mapped.importer, mapped.mapping, mapped.chosen) == ("own", said, True)

    named = importing.with_importer(nobody, importing.importers(shop)[0])
    assert (named.chosen, named.problem) == (True, "")
    assert importing.batches([known, named, mapped], "mine") == [
        {"files": [str(taobao)], "as_name": None, "mapping": None, "source": "mine"},
        {"files": [str(beside)], "as_name": None, "mapping": str(said), "source": "mine"},
        {"files": [str(unknown)], "as_name": named.importer, "mapping": None, "source": "mine"},
    ]


def test_a_missing_file_and_a_wrong_mapping_are_told(shop: Shop, tmp_path: Path) -> None:
    (gone,) = importing.recognise(shop, [tmp_path / "gone.csv"])
    assert gone.importer is None
    assert "gone.csv" in gone.problem
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("colour: red\n", "utf-8")
    assert "wrong.yaml" in importing.with_mapping(gone, wrong).problem


def test_rejected_rows_are_listed_and_written_down(shop: Shop, tmp_path: Path) -> None:
    said = mapping(tmp_path, record="order", columns=["order_ref", "buyer_ref", "placed_at", "order_total"])
    row = {"order_ref": "A1", "buyer_ref": "b", "placed_at": "no day", "order_total": 3}
    file = table(tmp_path, [row, {**row, "order_ref": "A2", "placed_at": "2026-01-05"}])
    shop.imports.run([file], mapping=said)
    (one,) = importing.earlier(shop)
    assert importing.file_names(one) == file.name
    (reject,) = importing.rejects(shop, one.id)
    assert (reject.line, reject.row["order_ref"]) == (2, "A1")
    target = tmp_path / "new" / "rejects.csv"
    assert importing.export_rejects(shop, one.id, target) == (1, [])
    assert "A1" in target.read_text("utf-8-sig")
    assert importing.missing_files(one) == []
    file.unlink()
    assert importing.missing_files(one) == [file]


def test_the_pace_of_each_stage() -> None:
    now = [0.0]
    pace = PaceMaker(rows=10_000, clock=lambda: now[0])
    assert pace.told(0, 0, "reading").share is None
    assert pace.told(0, 100, "importing").seconds_left is None
    now[0] = 10.0
    told = pace.told(20, 100, "importing")
    assert (told.share, told.rows_a_second, told.seconds_left) == (0.2, 200.0, 40.0)


def test_what_was_found_counts_like_the_segments_do(shop: Shop, tmp_path: Path) -> None:
    today = shop.clock().today
    said = mapping(
        tmp_path, record="order", columns=["order_ref", "buyer_ref", "placed_at", "paid_at", "order_total"]
    )

    def order(buyer: str, ago: int) -> dict[str, object]:
        day = f"{today - timedelta(days=ago)} 00:00:00"
        return {"order_ref": buyer, "buyer_ref": buyer, "placed_at": day, "paid_at": day, "order_total": 5}

    file = table(tmp_path, [order("a", 1), order("b", 89), order("c", 90), order("d", 400)])
    shop.imports.run([file], mapping=said)
    seen = found.find_out(shop)
    lapsed = sum(shop.segments.count(f"lapsed_{days}").count for days in (90, 180, 365))
    assert seen == found.Found(bought=4, lapsed=lapsed, pairs=0)
    assert lapsed == 2
    with speaking("en"):
        assert found.sentence(seen) == "4 customers who have bought, 2 not seen for 90 days"
        assert found.sentence(found.Found(0, 0, 0)) == ""
