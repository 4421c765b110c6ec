"""A shop folder with orders and a report plugin of its own, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.config import FOLDERS, write_shop_file
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from tests.importing.shops import mapping

ORDERS = """\
order_ref,buyer_ref,name,placed_at,paid_at,status,sku,title,category,quantity,unit_price,order_total,refund_total,currency
A1,li,李雷,2026-01-05 10:00:00,2026-01-05 23:59:59,done,S1,红裙子,连衣裙,1,300.00,520.00,0,CNY
A1,li,李雷,2026-01-05 10:00:00,2026-01-05 23:59:59,done,S2,外套,外套,2,110.00,520.00,0,CNY
A2,li,李雷,2026-02-01 00:00:00,2026-02-01 00:00:00,done,S1,红裙子,连衣裙,1,300.00,300.00,100.00,CNY
A3,han,韩梅梅,2026-02-03 12:00:00,,new,S3,帽子,配饰,1,59.90,59.90,0,CNY
A4,,,2026-02-04 12:00:00,2026-02-04 12:00:10,done,S3,帽子,配饰,1,59.90,59.90,0,CNY
A5,han,韩梅梅,2026-02-28 23:30:00,2026-02-28 23:59:00,done,S1,红裙子,连衣裙,1,300.00,300.00,300.00,CNY
A6,han,韩梅梅,2026-03-01 00:10:00,2026-03-01 00:20:00,done,S9,包,包,1,80.00,80.00,0,CNY
"""
COLUMNS = ORDERS.partition("\n")[0].split(",")[:-1]
PLUGIN = """\
import os, time
from crmcore import Column, Findings, Report, Table, hookimpl

def both(data):
    orders = data.one("SELECT CAST(sum(net) AS BIGINT) FROM orders WHERE bought")
    lines = data.one("SELECT CAST(sum(total) AS BIGINT) FROM lines")
    columns = [Column("orders", "int"), Column("lines", "int")]
    return Findings([Table("both", columns, [(orders, lines)])])

def sleepy(data):
    open(os.environ["CRM_TEST_STARTED"], "w").close()
    time.sleep(60)

def wrong(data):
    return [1]

def ragged(data):
    return Findings([Table("t", [Column("a")], [(1, 2)])])

@hookimpl
def crm_reports():
    return [
        Report("both", both, needs=["orders", "lines"]), Report("sleepy", sleepy), Report("wrong", wrong),
        Report("ragged", ragged), Report("short", sleepy, quiet_seconds=0.5),
    ]
"""


def _made(folder: Path, url: str) -> Path:
    """The folder of a shop at that database, its six orders imported."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_shop_file(folder, url, ShopSettings("CNY", "Asia/Shanghai", "zh"))
    (folder / "plugins" / "own.py").write_text(PLUGIN, "utf-8")
    file = folder.with_suffix(".csv")
    file.write_text(ORDERS, "utf-8")
    says = mapping(
        folder.parent,
        columns=COLUMNS,
        currency="CNY",
        time_zone="Asia/Shanghai",
        order_amounts="repeated",
        statuses={"new": "unpaid", "done": "completed"},
    )
    with Shop.open(folder, actor="test") as opened:
        opened.imports.run([file], mapping=says)
    return folder


@pytest.fixture(scope="session")
def filled_template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """The shop on SQLite that each test copies."""
    folder = tmp_path_factory.mktemp("analytics") / "shop"
    folder.mkdir()
    shutil.copyfile(sqlite_template, folder / "shop.db")
    return _made(folder, "shop.db")


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """The shop, its six orders imported; `indirect` "postgresql" puts it there."""
    folder = tmp_path / "shop"
    if getattr(request, "param", "sqlite") == "postgresql":
        _made(folder, request.getfixturevalue("postgresql_url"))
    else:
        shutil.copytree(request.getfixturevalue("filled_template"), folder)
    with Shop.open(folder, actor="test") as opened:
        yield opened


both_kinds = pytest.mark.parametrize("shop", ["sqlite", "postgresql"], indirect=True)
