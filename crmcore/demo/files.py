"""Writing the demo's files: which ones there are, in which order a shop would import them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from crmcore.demo import columns, files_figures, files_general, files_shopify, files_taobao
from crmcore.demo.people import ABROAD, GROUP, MALL, TAOBAO
from crmcore.demo.world import OLD_EXPORT, SEED, World, make_world

# Owners export overlapping periods: what was on its way in one file is done in the next.
OVERLAP = timedelta(days=15)


@dataclass(frozen=True)
class DemoFile:
    """A file of the demo. Files of one `batch` belong together and are imported in one act.

    `kind` is orders, items, customers, interactions or figures. `mapping` is the mapping file it needs,
    `source` the namespace of its order numbers (None: the importer's own).
    """

    path: Path
    kind: str
    batch: str
    zh: str
    en: str
    source: str | None = None
    mapping: Path | None = None


def make_files(folder: Path, today: date, seed: int = SEED) -> list[DemoFile]:
    """Write the demo's files into `folder` (made when missing) and list them in the order of importing.

    `today` is the shop's day; the history ends the day before. The same day and seed give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    world = make_world(today, seed)
    sold = [*_taobao(folder, world), *_shopify(folder, world), *_general(folder, world)]
    return [*sold, *_figures(folder, world, seed)]


def _taobao(folder: Path, world: World) -> list[DemoFile]:
    orders = world.sold(TAOBAO)
    old, full = world.end - timedelta(days=OLD_EXPORT), world.masked_since
    found = []
    for batch, since, at, header in (
        ("taobao_2018", None, old, columns.TAOBAO_ORDERS_2018),
        ("taobao_2019", old - OVERLAP, full, columns.TAOBAO_ORDERS_2019),
    ):
        chosen = [o for o in orders if o.placed <= at and (since is None or o.placed > since)]
        found += _pair(files_taobao.write_csv_pair(folder, chosen, at, header), batch)
    chosen = [o for o in orders if o.placed > full - OVERLAP]
    return found + _pair(files_taobao.write_masked_pair(folder, chosen, world.end), "taobao_2022")


def _pair(paths: tuple[Path, Path], batch: str) -> list[DemoFile]:
    masked = batch == "taobao_2022"
    zh = "淘宝订单（买家已打码）" if masked else "淘宝订单"
    en = "Taobao orders (buyers masked)" if masked else "Taobao orders"
    return [
        DemoFile(paths[0], "orders", batch, zh, en),
        DemoFile(paths[1], "items", batch, "淘宝宝贝明细", "Taobao order items"),
    ]


def _shopify(folder: Path, world: World) -> list[DemoFile]:
    mall, abroad = world.sold(MALL), world.sold(ABROAD)
    accounts = [person for person in world.people if MALL in person.platforms]
    orders = files_shopify.write_orders(folder / "orders_export.csv", mall, world.end, 8)
    customers = files_shopify.write_customers(folder / "customers_export.csv", accounts, mall, world.end)
    dollars = files_shopify.write_orders(folder / "orders_export_1.csv", abroad, world.end, -5)
    return [
        DemoFile(
            orders, "orders", "mall", "自有商城订单（Shopify）", "Orders of the own mall (Shopify)", "shopify"
        ),
        DemoFile(customers, "customers", "mall_accounts", "商城会员", "The mall's accounts", "shopify"),
        DemoFile(
            dollars,
            "orders",
            "overseas",
            "海外店订单（美元）",
            "Overseas orders (dollars)",
            "shopify:overseas",
        ),
    ]


def _general(folder: Path, world: World) -> list[DemoFile]:
    orders, orders_mapping = files_general.write_group_orders(folder, world.sold(GROUP), world.end)
    log, log_mapping = files_general.write_service_log(folder, list(world.talks))
    return [
        DemoFile(orders, "orders", "group", "微信群团购登记", "Chat group orders", None, orders_mapping),
        DemoFile(log, "interactions", "service", "客服记录", "Service log", None, log_mapping),
    ]


def _figures(folder: Path, world: World, seed: int) -> list[DemoFile]:
    days = files_figures.write_days(folder, world.sold(TAOBAO), world.today, seed)
    ads, ads_mapping = files_figures.write_ads(folder, world.today, seed)
    goods, goods_mapping = files_figures.write_goods(folder, seed)
    market, market_mapping = files_figures.write_market(folder, world.today, seed)
    return [
        DemoFile(days, "figures", "days", "生意参谋每日数据", "Taobao daily figures"),
        DemoFile(ads, "figures", "ads", "推广日报", "Advertisements by day", None, ads_mapping),
        DemoFile(goods, "figures", "goods", "商品成本和库存", "Costs and stock", None, goods_mapping),
        DemoFile(market, "figures", "market", "行业指数", "The market", None, market_mapping),
    ]
