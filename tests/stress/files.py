"""Files of a corner shop, as long as wanted, and what must be in a shop that has them."""

from __future__ import annotations

import random
from pathlib import Path

from tests.importing.shops import mapping, table

COLUMNS = [
    "order_ref",
    "buyer_ref",
    "phone",
    "name",
    "placed_at",
    "status",
    "sku",
    "quantity",
    "unit_price",
    "refund_total",
]


def the_mapping(folder: Path) -> Path:
    statuses = {"new": "unpaid", "paid": "paid", "done": "completed"}
    return mapping(
        folder, "stress", currency="CNY", statuses=statuses, columns=COLUMNS, time_zone="Asia/Shanghai"
    )


def records(orders: int, buyers: int, *, newer: bool, seed: int = 7) -> list[dict[str, object]]:
    """Orders of one or two lines; a newer export of the same orders has more of them done or refunded."""
    chance = random.Random(seed)
    found: list[dict[str, object]] = []
    for number in range(orders):
        buyer, size, further = chance.randrange(buyers), chance.choice([1, 1, 2]), chance.random()
        who = {"buyer_ref": f"buyer{buyer}", "phone": f"138{buyer:08d}", "name": f"名字{buyer}"}
        if buyer % 17 == 0:
            who = {"buyer_ref": f"{buyer % 10}***x", "phone": f"138****{buyer:04d}", "name": f"名**{buyer}"}
        if buyer % 23 == 0:
            who = {}
        for position in range(size):
            found.append({
                "order_ref": f"N{number}", **who, "placed_at": f"2026-01-{number % 28 + 1:02d} 10:00:00",
                "status": "done" if newer and further < 0.7 else "paid" if further < 0.9 else "new",
                "sku": f"S{(number + position) % 50}", "quantity": 1 + position, "unit_price": "12.50",
                "refund_total": "5.00" if newer and further < 0.1 else "0.00",
            })  # fmt: skip
    return found


def write(folder: Path, name: str, found: list[dict[str, object]]) -> Path:
    return table(folder, found, name)
