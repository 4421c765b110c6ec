"""A shop of any size at once, straight into its tables: `python -m bench.filled FOLDER --customers 1000000`.

For measuring what a big shop costs to look at, when it does not matter how it got its records: an import of
as many takes ten times as long. Needs SQLite.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.figures import Setting
from bench.files import FAMILY, GIVEN

_PLACES = (
    ("浙江省", "杭州市", "西湖区"), ("江苏省", "南京市", "玄武区"), ("广东省", "深圳市", "南山区"), ("四川省", "成都市", "武侯区"),
    ("浙江省", "温州市", "鹿城区"), ("上海市", "上海市", "浦东新区"), ("北京市", "北京市", "朝阳区"), ("湖北省", "武汉市", "洪山区"),
)  # fmt: skip
_ROADS = (
    "中山路",
    "人民路",
    "解放路",
    "建设路",
    "文化路",
    "学院路",
    "新华街",
    "和平巷",
    "长江大道",
    "花园街",
)
_NICKS = (
    "小鱼",
    "月亮",
    "草莓",
    "阿哲",
    "爱笑",
    "三月",
    "小鹿",
    "星星",
    "不吃香菜",
    "懒猫",
    "一只",
    "柠檬",
    "糯米",
    "橙子",
)
_GOODS = {
    "护肤": ("精华", "面霜", "眼霜", "防晒霜"),
    "彩妆": ("口红", "粉底液", "眉笔"),
    "面膜": ("面膜",),
    "身体": ("洁面乳", "身体乳"),
}
_TAGS = ("VIP", "敏感肌", "老客", "回访", "团购")
_SECOND, _SPAN = 86400, 1400  # orders fall on so many days, up to yesterday: some lapse every day
_FIRST = (int(time.time()) // _SECOND - _SPAN) * _SECOND
SMALLER = 10  # what is measured beside a shop of a tenth
Rows = Iterable[tuple[Any, ...]]


def fill(database: Path, customers: int, orders: int, lines: int, *, seed: int = 1) -> None:
    """Write customers with identities and tags, orders with lines, notes and consents into an empty shop."""
    chance = random.Random(seed)
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    connection.execute("BEGIN IMMEDIATE")
    made = connection.execute(
        "INSERT INTO changes (at, actor, kind, why) VALUES (?, 'bench', 'edit', 'filled') RETURNING id",
        (int(time.time()),),
    ).fetchone()[0]
    # Indexes are quicker to make when everything is there.
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    )
    known = indexes.fetchall()
    for name, _sql in known:
        connection.execute(f"DROP INDEX {name}")
    for table, rows in (
        ("customers", _customers(chance, customers, made)),
        ("identities", _identities(chance, customers, made)),
        ("tags", _tags(chance, customers, made)),
        ("orders", _orders(chance, customers, orders, lines, made)),
        ("order_lines", _lines(chance, orders, lines, made)),
        ("interactions", _interactions(chance, customers, made)),
        ("consents", _consents(chance, customers, made)),
    ):
        _insert(connection, table, rows)
    for _name, sql in known:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.close()


def _insert(connection: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    names = list(first)
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    connection.execute(statement, tuple(first.values()))
    connection.executemany(statement, (tuple(row.values()) for row in rows))


def person(who: int) -> tuple[str, str, str, str]:
    """Name, nickname, phone and e-mail of the customer with id `who`; the same in every run."""
    given = GIVEN[who // 20 % 32] + (GIVEN[who // 640 % 32] if who % 5 else "")
    nick = (
        f"{_NICKS[who % 14]}{_NICKS[who // 14 % 14]}{who % 100_000}" if who % 3 else f"tb{who * 7919 % 10**9}"
    )
    return FAMILY[who % 20] + given, nick, f"1{30 + who % 70}{who * 7919 % 10**8:08d}", f"u{who}@example.com"


def _hidden(text: str, head: int, tail: int) -> str:
    return f"{text[:head]}****{text[-tail:]}"


def _address(who: int) -> str:
    return f"{_PLACES[who % 8][2]}{_ROADS[who // 8 % 10]}{who % 997}号{who % 29}幢{who % 1501}室"


def _customers(chance: random.Random, customers: int, made: int) -> Iterator[dict[str, Any]]:
    for who in range(1, customers + 1):
        name, nick, _phone, _email = person(who)
        province, city, _district = _PLACES[who % 8]
        yield {
            "id": who, "name": name if who % 10 else None, "nickname": nick, "province": province, "city": city,
            "country": "CN", "address": _address(who), "at": _FIRST + chance.randrange(_SPAN) * _SECOND, "created_by": made,
            "birthday": f"{1960 + who % 45}-{1 + who % 12:02d}-{1 + who % 28:02d}" if who % 6 == 0 else None,
        }  # fmt: skip


def _identities(chance: random.Random, customers: int, made: int) -> Iterator[dict[str, Any]]:
    def row(who: int, kind: str, value: str, shown: str, key: str | None = None) -> dict[str, Any]:
        return {
            "customer_id": who, "home_id": who, "kind": kind, "namespace": "taobao" if kind == "buyer" else "",
            "value": value, "shown": shown, "strong": key is None, "mask_key": key,
            "tail": value[-4:] if kind == "phone" else None, "created_by": made,
        }  # fmt: skip

    for who in range(1, customers + 1):
        _name, nick, phone, email = person(who)
        yield row(who, "buyer", nick, nick)
        if who % 10 == 0:  # a platform hid the middle
            yield row(who, "phone", _hidden(phone, 3, 4), _hidden(phone, 3, 4), f"{phone[:3]}*{phone[-4:]}")
        else:
            yield row(who, "phone", "+86" + phone, phone)
        if chance.random() < 0.4:
            yield row(who, "email", email, email)


def _tags(chance: random.Random, customers: int, made: int) -> Iterator[dict[str, Any]]:
    for who in range(1, customers + 1):
        if chance.random() < 0.2:
            yield {"customer_id": who, "tag": chance.choice(_TAGS), "created_by": made}


def _share(number: int, orders: int, lines: int) -> int:
    """How many lines the order of that number has, so that they are `lines` in all."""
    return (number + 1) * lines // orders - number * lines // orders


def _price(place: int) -> int:
    return 1990 + place * 6007 % 40000


def _orders(
    chance: random.Random, customers: int, orders: int, lines: int, made: int
) -> Iterator[dict[str, Any]]:
    first = 1
    for number in range(orders):
        who = 1 + int(customers * chance.random() ** 1.6)  # some buy often
        count = _share(number, orders, lines)
        total = sum(_price(place) for place in range(first, first + count))
        first += count
        at = _FIRST + number * _SPAN * _SECOND // orders
        kind = chance.randrange(100)
        paid = None if kind < 6 else at + 180
        back = total if 6 <= kind < 10 else 0
        province, city, _district = _PLACES[who % 8]
        yield {
            "id": number + 1, "customer_id": who, "source": "taobao" if number % 4 else "jd", "currency": "CNY",
            "number": str(300_000_000_000_000_000 + number * 977), "status": "completed" if kind >= 10 else "closed",
            "placed_at": at, "paid_at": paid, "closed_at": at + _SECOND if kind < 10 else None,
            "refunded_at": at + _SECOND if back else None, "ordered_total": total, "paid_total": total if paid else 0,
            "refunded_total": back, "net_total": total - back if paid else 0, "province": province, "city": city,
            "address": _address(who), "created_by": made,
        }  # fmt: skip


def _lines(chance: random.Random, orders: int, lines: int, made: int) -> Iterator[dict[str, Any]]:
    kinds = list(_GOODS.items())
    place = 0
    for number in range(orders):
        for position in range(_share(number, orders, lines)):
            place += 1
            category, goods = kinds[chance.randrange(4)]
            yield {
                "order_id": number + 1, "position": position, "sku": f"S{place % 300}", "category": category,
                "title": f"{goods[place % len(goods)]} {place % 300}号", "quantity": 1, "unit_price": _price(place),
                "total": _price(place), "created_by": made,
            }  # fmt: skip


def _interactions(chance: random.Random, customers: int, made: int) -> Iterator[dict[str, Any]]:
    words = {
        "inquiry": "问了尺寸和发货时间",
        "review": "很好用，还会再来",
        "complaint": "包装破了，要求补发",
        "note": "喜欢淡香",
    }
    for _ in range(customers // 4):
        kind = chance.choice(list(words))
        yield {
            "customer_id": 1 + chance.randrange(customers), "kind": kind, "text": words[kind], "created_by": made,
            "at": _FIRST + chance.randrange(_SPAN) * _SECOND, "state": chance.choice(("open", "done")) if kind == "complaint" else None,
            "payload": json.dumps({"rating": chance.choice((-1, 0, 1))}) if kind == "review" else None,
        }  # fmt: skip


def _consents(chance: random.Random, customers: int, made: int) -> Iterator[dict[str, Any]]:
    for who in range(1, customers + 1, 5):
        yield {
            "customer_id": who, "channel": "sms", "purpose": "promotion", "state": chance.choice(("granted", "denied")),
            "at": _FIRST + chance.randrange(_SPAN) * _SECOND, "source": "bench", "created_by": made,
        }  # fmt: skip


def filled(setting: Setting, part: int = 1) -> Path:
    """The folder of a shop with the setting's customers and orders (a `part`th of them), five lines a customer.

    It is made at its first use, and left as it is: what changes it takes a copy.
    """
    folder = setting.folder / ("filled" if part == 1 else f"filled-{part}th")
    if not folder.exists():
        customers, orders = setting.customers // part, setting.orders // part
        sizes = ["--customers", customers, "--orders", orders, "--lines", 5 * customers]
        command = [sys.executable, "-m", "bench.filled", str(folder), *map(str, sizes)]
        subprocess.run(command, stdout=sys.stderr, check=True)
    return folder


def main() -> None:
    """Make a shop, fill it, and work out cards and search entries."""
    from crmcore.records.settings import ShopSettings
    from crmcore.shop import Shop
    from crmcore.store import search_index

    parser = argparse.ArgumentParser(prog="python -m bench.filled")
    parser.add_argument("folder", type=Path, help="where the shop goes; it must not be there yet")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=1_500_000)
    parser.add_argument("--lines", type=int, default=5_000_000)
    chosen = parser.parse_args()
    settings = ShopSettings()
    with Shop.create(chosen.folder, settings) as shop:
        started = time.perf_counter()
        assert shop.database.url.database
        fill(Path(shop.database.url.database), chosen.customers, chosen.orders, chosen.lines)
        print(f"records: {time.perf_counter() - started:.0f} s", flush=True)
        search_index.rebuild(shop.database)
        print(f"search: {time.perf_counter() - started:.0f} s", flush=True)
        shop.facts.rebuild()
        print(f"cards: {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
