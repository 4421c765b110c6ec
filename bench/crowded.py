"""What a shop of `bench.filled` has besides when it is old: `python -m bench.crowded FOLDER`.

Open promises, pairs that may be one person, acts in the journal, imports and what they set aside, and a campaign
whose plan holds everybody and whose messages people hand out. The rows go straight into the tables, the campaign
through its door. Needs SQLite.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_DAY = 86400
_KINDS = ("edit", "tag", "note", "merge")
_REASONS = ("订单创建时间：不是能读懂的日期或时间", "总金额：不是金额", "这一行没有买家，也没有联系方式")


def crowd(database: Path, customers: int) -> None:
    """Write a tenth as many promises and pairs as there are customers, as many acts and rows set aside."""
    chance, now = random.Random(2), int(time.time())
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN IMMEDIATE")
    made = connection.execute("SELECT min(id) FROM changes").fetchone()[0]
    first = connection.execute("SELECT max(id) FROM changes").fetchone()[0] + 1
    _add(
        connection,
        "INSERT INTO interactions (customer_id, kind, at, text, state, due_at, owner, created_by)"
        " VALUES (?, 'promise', ?, '下单补面膜 2 片', 'open', ?, '小美', ?)",
        (
            (1 + chance.randrange(customers), now - chance.randrange(30) * _DAY, now + chance.randrange(-20, 3) * _DAY, made)
            for _ in range(customers // 10)
        ),
    )  # fmt: skip
    _add(
        connection,
        "INSERT OR IGNORE INTO candidates (a_id, b_id, reason, created_by) VALUES (?, ?, 'phone', ?)",
        ((who * 10 + 1, who * 10 + 2, made) for who in range(customers // 10)),
    )
    _add(
        connection,
        "INSERT INTO changes (id, at, actor, kind, why) VALUES (?, ?, '小美', ?, '改资料')",
        ((first + one, now - (customers - one), _KINDS[one % 4]) for one in range(customers)),
    )
    _add(
        connection,
        "INSERT INTO journal (change_id, table_name, row_id, op, old) VALUES (?, 'customers', ?, 'update', '{}')",
        ((first + one, one + 1) for one in range(customers)),
    )
    counts = {"read": 1500, "new": 1000, "changed": 200, "same": 290, "rejected": 10, "customers_new": 600}
    imports = first + customers
    _add(
        connection,
        "INSERT INTO changes (id, at, actor, kind, why) VALUES (?, ?, '小美', 'import', 'taobao_orders')",
        ((imports + one, now - (1000 - one) * _DAY) for one in range(1000)),
    )
    _add(
        connection,
        "INSERT INTO imports (id, change_id, importer, source, files, options, state, chunks, chunks_done, counts,"
        " started_at, heartbeat_at, finished_at, process)"
        " VALUES (?, ?, 'taobao_orders', 'taobao', ?, '{}', 'done', 1, 1, ?, ?, ?, ?, '')",
        _imports(imports, now, json.dumps(counts), json.dumps({**counts, "rejected": customers})),
    )
    _add(
        connection,
        "INSERT INTO import_rejects (import_id, file, line, reason, row) VALUES (1000, 'ExportOrderList.csv', ?, ?, ?)",
        (
            (line + 2, _REASONS[line % 3], json.dumps({"订单编号": str(line), "总金额": "八十八"}, ensure_ascii=False))
            for line in range(customers)
        ),
    )  # fmt: skip
    connection.execute("COMMIT")
    connection.close()


def _imports(change: int, now: int, counts: str, last: str) -> Iterator[tuple[Any, ...]]:
    for one in range(1, 1001):
        at = now - (1001 - one) * _DAY
        files = json.dumps(
            [{"path": f"/home/mei/orders/ExportOrderList2026{one:06d}.csv", "size": 590, "sha256": ""}]
        )
        yield one, change + one - 1, files, last if one == 1000 else counts, at, at, at + 60


def _add(connection: sqlite3.Connection, statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    connection.executemany(statement, rows)


def main() -> None:
    """Add the rows, then plan and send the campaign."""
    from crmcore.rules.yaml import load_rule
    from crmcore.shop import Shop
    from crmcore.store.suppressing import state_basis

    parser = argparse.ArgumentParser(prog="python -m bench.crowded")
    parser.add_argument("folder", type=Path, help="a shop that bench.filled has made")
    folder = parser.parse_args().folder
    started = time.perf_counter()
    with Shop.open(folder, actor="bench") as shop:
        assert shop.database.url.database
        with sqlite3.connect(shop.database.url.database) as connection:
            customers = connection.execute("SELECT max(id) FROM customers").fetchone()[0]
        connection.close()
        crowd(Path(shop.database.url.database), customers)
        print(f"rows: {time.perf_counter() - started:.0f} s", flush=True)
        shop.facts.rebuild()
        print(f"cards: {time.perf_counter() - started:.0f} s", flush=True)
        shop.campaigns.change_rules({"quiet": "off"})
        with shop.write("basis") as write:
            state_basis(write, "*", "they agreed when they ordered", None, shop.clock().now)
        shop.segments.save(
            load_rule("name: everybody\ntitle: {en: Everybody, zh: 所有人}\nwhere: {orders: {gte: 0}}")
        )
        body = {
            "segment": "everybody",
            "channels": ["phone"],
            "control": 0,
            "messages": {"*": {"text": "#昵称# 您好"}},
        }
        shop.campaigns.new("spring", "one_off", {**body, "title": "开春回访"})
        shop.campaigns.plan("spring")
        print(f"planned: {time.perf_counter() - started:.0f} s", flush=True)
        shop.campaigns.send("spring")
        print(f"sent: {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
