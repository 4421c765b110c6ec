"""A made-up shop of 15 months: refunds, two currencies, midnight, a leap day, nobody's orders; and its figures."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd

from crmcore.shop import Shop
from tests.importing.shops import mapping, table

TODAY = date(2024, 5, 20)
_FIRST = datetime(2023, 3, 1)
_GOODS = {f"S{number}": (1000 + 700 * number, ("裙", "包", None)[number % 3]) for number in range(1, 9)}
_MORE: dict[str, dict[str, object]] = {
    "interaction": {"key": ["line_ref"], "time_zone": "Asia/Shanghai"},
}  # fmt: skip
COLUMNS = (
    "order_ref", "buyer_ref", "placed_at", "paid_at", "status", "sku", "title", "category", "quantity",
    "unit_price", "order_total", "refund_total", "currency", "province", "source_tag",
)  # fmt: skip
Row = dict[str, object]


def orders(seed: int = 7) -> list[Row]:
    """Lines of 700 orders as a file holds them; money in major units, times as the shop's clock shows them."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for number in range(700):
        # Every tenth order comes a minute before or after midnight, some of them on the leap day.
        at = _FIRST + timedelta(minutes=chance.randrange(446 * 24 * 60))
        if number % 10 == 0:
            day = datetime(2024, 2, 29) if number % 50 == 0 else at.replace(hour=0, minute=0)
            at = day + timedelta(minutes=chance.choice((-1, 0, 1, 1439)))
        buyer = f"b{int(120 * chance.random() ** 2)}" if chance.random() > 0.06 else ""
        paid = at + timedelta(minutes=chance.choice((0, 1, 30, 600))) if chance.random() > 0.12 else None
        skus = chance.sample([*_GOODS], chance.choice((1, 1, 2, 3)))
        pieces = {sku: chance.choice((1, 1, 1, 2)) for sku in skus}
        cents = sum(_GOODS[sku][0] * pieces[sku] for sku in skus)
        back = chance.choice((0,) * 8 + (cents, cents // 3)) if paid else 0
        same = {
            "order_ref": f"O{number}", "buyer_ref": buyer, "placed_at": f"{at}", "paid_at": f"{paid or ''}",
            "status": chance.choice(("sent", "done")) if paid else chance.choice(("new", "shut")),
            "order_total": f"{cents / 100:.2f}", "refund_total": f"{back / 100:.2f}",
            "currency": "USD" if number % 23 == 0 else "CNY",
            "province": chance.choice(("浙江", "浙江", "江苏", "四川", "")),
            "source_tag": chance.choice(("", "", "juhuasuan", "ad_x")),
        }  # fmt: skip
        for sku in skus:
            price, category = _GOODS[sku]
            named = {"sku": sku, "title": f"商品{sku}", "category": category or ""}
            rows.append({**same, **named, "quantity": pieces[sku], "unit_price": f"{price / 100:.2f}"})
    return rows


def traffic(seed: int = 8) -> list[Row]:
    """Sixty days of the whole shop, and two sites with their advertisements."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for back in range(60):
        day = f"{TODAY - timedelta(days=back)}"
        rows.append({"day": day, "visitors": chance.randrange(50, 90), "views": chance.randrange(200, 400)})
        for site in ("juhuasuan", "ad_x"):
            seen = chance.randrange(5, 20)
            rows.append({
                "day": day, "site": site, "creative": chance.choice(("red", "blue")), "position": "top",
                "shown": seen * 50, "clicks": seen, "visitors": seen, "views": seen * 3,
                "left_at_once": seen // 3, "saw_5_pages": seen // 4, "saw_10_pages": seen // 9,
                "spent": f"{seen * 0.8:.2f}",
            })  # fmt: skip
    return rows


# S8 has no cost; that of S1 rose on 1 March 2024.
COSTS: list[Row] = [
    *({"sku": f"S{number}", "day": "", "cost": f"{5 + 4 * number}.00"} for number in range(1, 8)),
    {"sku": "S1", "day": "2024-03-01", "cost": "19.50"},
]
MARKET: list[Row] = [
    {"day": f"2024-{month:02}-01", "keyword": word, "grade": grade, "searches": 100 * month + size,
     "deals": 10 * month + size, "rank": size}
    for month in range(1, 6) for size, word in ((1, "连衣裙"), (2, "帆布包")) for grade in ("高", "低")
]  # fmt: skip


def people(seed: int = 9) -> list[Row]:
    """A list of 130 customers, ten of whom never ordered; some are born on a leap day or tell no year."""
    chance = random.Random(seed)
    return [
        {
            "buyer_ref": f"b{number}", "gender": chance.choice(("女", "女", "男", "")),
            "birthday": chance.choice(("", "1992-02-29", "1994-05-20", "2004-05-21", "--03-07", "1987-11-02")),
            "extra.occupation": chance.choice(("学生", "白领", "")),
        }
        for number in range(130)
    ]  # fmt: skip


def talks(seed: int = 10) -> list[Row]:
    """Reviews, complaints and inquiries, a few a week; some at midnight."""
    chance = random.Random(seed)
    states = {"review": ("",), "complaint": ("open", "settled", "closed"), "inquiry": ("open", "won", "lost")}
    rows: list[Row] = []
    for number in range(160):
        kind = chance.choice(("review", "review", "complaint", "inquiry"))
        at = _FIRST + timedelta(days=chance.randrange(446), seconds=chance.choice((0, 1, 40_000, 86_399)))
        rows.append({
            "line_ref": f"T{number}", "kind": kind, "buyer_ref": f"b{chance.randrange(125)}", "at": f"{at}",
            "state": chance.choice(states[kind]), "owner": chance.choice(("amy", "bea", "")),
            "rating": chance.choice((-1, 0, 1, 1)) if kind == "review" else "", "text": f"{kind} {number}",
        })  # fmt: skip
    return rows


def fill(shop: Shop, folder: Path) -> None:
    """Import it all."""
    zone = {"currency": "CNY", "time_zone": "Asia/Shanghai"}
    lines = mapping(
        folder, "lines", columns=list(COLUMNS), order_amounts="repeated",
        statuses={"new": "unpaid", "shut": "closed", "sent": "shipped", "done": "completed"}, **zone,
    )  # fmt: skip
    shop.imports.run([table(folder, orders())], mapping=lines)
    more = {
        "customer": people(),
        "interaction": talks(),
        "traffic": traffic(),
        "product": COSTS,
        "market": MARKET,
    }
    for record, rows in more.items():
        columns = [*dict.fromkeys(name for row in rows for name in row)]
        shop.imports.run(
            [table(folder, rows)],
            mapping=mapping(folder, record, record=record, columns=columns, **_MORE.get(record, {})),
        )


def frame() -> pd.DataFrame:
    """The orders in yuan, one a row, worked out without the shop: days, cents, whether bought."""
    found = pd.DataFrame(orders())
    found["pieces"] = found["quantity"].astype(int)
    found = found.drop_duplicates("order_ref")
    found = found[found["currency"] == "CNY"].copy()
    for name in ("placed", "paid"):
        found[name] = pd.to_datetime(found[f"{name}_at"].replace("", None)).dt.normalize()
    for ours, theirs in (("ordered", "order_total"), ("refunded", "refund_total")):
        found[ours] = (found[theirs].astype(float) * 100).round().astype(int)
    found["net"] = found["ordered"] - found["refunded"]
    found["who"] = found["buyer_ref"].replace("", None)
    found["bought"] = found["paid"].notna() & (found["net"] > 0)
    today = pd.Timestamp(TODAY)
    return found[found["placed"] <= today].reset_index(drop=True)


def line_frame() -> pd.DataFrame:
    """The lines of bought orders with their share of what was kept, in cents (fractions)."""
    lines = pd.DataFrame(orders())
    bought = frame()[lambda one: one["bought"]].set_index("order_ref")
    lines = lines[lines["order_ref"].isin(bought.index)].copy()
    of = bought.loc[lines["order_ref"]].reset_index()
    for name in ("paid", "net", "ordered", "who"):
        lines[name] = of[name].to_numpy()
    lines["quantity"] = lines["quantity"].astype(int)
    lines["cents"] = (lines["unit_price"].astype(float) * 100).round().astype(int) * lines["quantity"]
    lines["kept"] = lines["cents"] * lines["net"] / lines["ordered"]
    return lines
