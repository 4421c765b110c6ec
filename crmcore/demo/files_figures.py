"""Figures that are about no customer: visitors day by day, advertisements, what goods cost, the market.

The shop's days stand in the layout of 生意参谋; the other tables are the shop's own, with mapping files.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

from crmcore.demo.files_taobao import yuan
from crmcore.demo.goods import PRODUCTS
from crmcore.demo.orders import Order

DAYS = ("统计日期", "访客数", "浏览量", "支付买家数", "支付父订单数", "支付金额")
ADS = ("日期", "来源", "创意", "位置", "展现", "点击", "访客", "浏览量", "跳出", "看5页", "看10页", "花费")
GOODS = ("货号", "商品", "类目", "成本", "库存", "包装", "供应商")
MARKET = ("月份", "关键词", "人群", "搜索指数", "成交指数", "成交额", "排名")
_BACK, _ADS_BACK = 430, 90  # days: a month, and the same month a year ago
_SITES = {"聚划算": 12, "天天特价": 10, "U站": 8, "直播间": 9}  # clicks a day and creative, at most
_CREATIVES = (("模特图", "首屏"), ("成分图", "侧栏"))
_WORDS = (
    ("氨基酸洁面", 9000),
    ("舒缓面膜", 12_000),
    ("修护精华", 7000),
    ("防晒乳", 8000),
    ("持妆粉底", 4000),
)
_PEOPLE = (("学生", 3), ("白领", 5), ("妈妈", 2))
_SUPPLIERS = ("青禾日化", "白鹭包材", "云栖生物")

ADS_MAPPING = """\
# 推广日报 -> CRM：左边是我们的名字，右边是表里的列名。
# Advertisements, a line a day, site and creative.
platform: own
record: traffic
title: {zh: 推广日报, en: Advertisements by day}
currency: CNY
columns:
  day: 日期
  site: 来源
  creative: 创意
  position: 位置
  shown: 展现
  clicks: 点击
  visitors: 访客
  views: 浏览量
  left_at_once: 跳出
  saw_5_pages: 看5页
  saw_10_pages: 看10页
  spent: 花费
"""
GOODS_MAPPING = """\
# 商品成本和库存 -> CRM。
# What goods cost and how many are there.
platform: own
record: product
title: {zh: 商品成本和库存, en: Costs and stock}
currency: CNY
columns:
  sku: 货号
  title: 商品
  category: 类目
  cost: 成本
  stock: 库存
  packaging: 包装
  supplier: 供应商
"""
MARKET_MAPPING = """\
# 行业指数 -> CRM。
# The market, month by month.
platform: own
record: market
title: {zh: 行业指数, en: The market}
currency: CNY
columns:
  day: 月份
  keyword: 关键词
  grade: 人群
  searches: 搜索指数
  deals: 成交指数
  sold: 成交额
  rank: 排名
"""


def write_days(folder: Path, orders: Sequence[Order], today: date, seed: int) -> Path:
    """The shop's days as the platform counts them, oldest first."""
    chance = Random(f"{seed}/visitors")
    paid = [(order.story.paid.date(), order) for order in orders if order.story.paid]
    counts = Counter(day for day, _order in paid)
    money: Counter[date] = Counter()
    for day, order in paid:
        money[day] += order.total
    rows = []
    for back in range(_BACK, 0, -1):
        day = today - timedelta(days=back)
        sold = counts[day]
        visitors = chance.randint(35, 70) + sold * chance.randint(14, 24)
        views = round(visitors * chance.uniform(2.4, 4.2))
        rows.append((day.isoformat(), visitors, views, sold, sold, yuan(money[day])))
    return _write(folder / "sycm_days.csv", DAYS, rows)


def write_ads(folder: Path, today: date, seed: int) -> tuple[Path, Path]:
    """What was shown, clicked and spent, by site and creative; and its mapping file."""
    chance = Random(f"{seed}/ads")
    rows = []
    for back in range(_ADS_BACK, 0, -1):
        for site, usual in _SITES.items():
            for creative, position in _CREATIVES:
                clicks = chance.randint(usual // 3, usual)
                visitors = round(clicks * chance.uniform(0.8, 0.95))
                deep = round(visitors * chance.uniform(0.1, 0.3))
                rows.append((
                    (today - timedelta(days=back)).isoformat(), site, creative, position,
                    clicks * chance.randint(18, 45), clicks, visitors, round(visitors * chance.uniform(2, 4)),
                    round(visitors * chance.uniform(0.3, 0.5)), deep, deep // 3,
                    yuan(clicks * chance.randint(25, 70)),
                ))  # fmt: skip
    return _with_mapping(folder, "ads", ADS, rows, ADS_MAPPING)


def write_goods(folder: Path, seed: int) -> tuple[Path, Path]:
    """What each article costs the shop and how many are in stock; and its mapping file."""
    chance = Random(f"{seed}/costs")
    rows = [
        (one.sku, one.full_title, one.category, yuan(one.price * chance.randint(24, 46) // 100),
         chance.randint(0, 260), chance.choice(("盒", "盒", "瓶")), chance.choice(_SUPPLIERS))
        for one in PRODUCTS
    ]  # fmt: skip
    return _with_mapping(folder, "goods", GOODS, rows, GOODS_MAPPING)


def write_market(folder: Path, today: date, seed: int) -> tuple[Path, Path]:
    """What was searched and bought in the trade in the last twelve whole months; and its mapping file."""
    chance = Random(f"{seed}/market")
    rows = []
    month = today.replace(day=1)
    for _back in range(12):
        month = (month - timedelta(days=1)).replace(day=1)
        sizes = {word: size * chance.randint(80, 130) // 100 for word, size in _WORDS}
        ranks = sorted(sizes, key=lambda word: -sizes[word])
        for word, size in sizes.items():
            for grade, part in _PEOPLE:
                searches = size * part // 10
                deals = searches * chance.randint(4, 9) // 100
                sold = yuan(deals * 8000)
                rows.append((f"{month:%Y-%m}", word, grade, searches, deals, sold, ranks.index(word) + 1))
    return _with_mapping(folder, "market", MARKET, reversed(rows), MARKET_MAPPING)


def _with_mapping(
    folder: Path, name: str, header: Sequence[str], rows: Iterable[Sequence[object]], mapping: str
) -> tuple[Path, Path]:
    told = folder / f"{name}.yaml"
    told.write_text(mapping, encoding="utf-8", newline="\n")
    return _write(folder / f"{name}.csv", header, rows), told


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
