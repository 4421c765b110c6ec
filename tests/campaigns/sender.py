"""One process that sends a campaign of a shop until it is done: `python -m tests.campaigns.sender FOLDER NAME NOW`."""

from __future__ import annotations

import sys
import time

from crmcore.records.clock import Clock
from crmcore.shop import Shop


def main(folder: str, name: str, now: str, limit: str = "") -> None:
    """Send, at most `limit` messages; the clock of the shop goes on from `now`."""
    began = time.time()
    with Shop.open(folder, actor="sender") as shop:
        shop.clock = lambda as_of=None: Clock(  # type: ignore[method-assign]
            "Asia/Shanghai", int(now) + int(time.time() - began)
        ).on(as_of)
        sys.stdout.write(f"{shop.campaigns.send(name, limit=int(limit) if limit else None).as_json()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
