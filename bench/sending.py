"""What campaigns cost: planning over a big shop, a row of the ledger, e-mails against a bare client's loop.

`python -m bench.sending SHOP` measures a copy of that shop (`python -m bench.filled` makes one of any size);
without a shop only the ledger and the e-mails are measured. CPU seconds, ours and our children's.
"""

from __future__ import annotations

import argparse
import os
import resource
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure

MAILS = (10_000, 2_000)
ROWS = 100_000
NOW = 1_772_676_000  # ten in the morning in Shanghai


def cpu() -> float:
    """CPU seconds of this process and those it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def planning(folder: Path) -> Iterator[Figure]:
    """Everybody of the shop planned with three channels, shown and kept; on a copy, for it is written to."""
    from crmcore.shop import Shop
    from crmcore.store.suppressing import state_basis

    everybody = {"any": [{"orders": {"gte": 0}}]}
    words = {"*": {"text": "#客户昵称# hi"}}
    with Shop.open(folder) as shop:
        with shop.write("basis") as write:
            state_basis(write, "*", "measured only, nothing is sent", None, NOW)
        body = {"where": everybody, "channels": ["email", "phone", "wangwang"], "messages": words}
        name = f"bench_{time.time_ns()}"
        shop.campaigns.new(name, "one_off", body)
        for save in (False, True):
            began, walls = cpu(), time.perf_counter()
            plan = shop.campaigns.plan(name, save=save)
            what = f"plan over {plan.audience:,} customers" + (", kept" if save else "")
            yield Figure(what, cpu() - began, "s", aim="10 s")
            yield Figure(f"{what}: by the clock", time.perf_counter() - walls, "s")


def ledger(folder: Path) -> Iterator[Figure]:
    """Bytes a row of the ledger takes in a SQLite file with all its indexes, beside its text."""
    from crmcore.records.settings import ShopSettings
    from crmcore.shop import Shop
    from crmcore.store import campaign_rows, ledger
    from crmcore.store.changes import insert
    from crmcore.store.ledger import Result
    from crmcore.store.schema_campaigns import campaigns

    with Shop.create(folder, ShopSettings()) as shop:
        with shop.write("campaign", kind="campaign") as write:
            campaign_rows.number_channels(write, {"email": "email"})
            row = {"name": "a", "kind": "one_off", "purpose": "promotion", "state": "running", "body": "{}"}
            insert(write, campaigns, {**row, "seed": 1, "at": NOW})
        path = folder / "shop.db"
        before = _size(path)
        for start in range(0, ROWS, 1_000):
            with shop.write("places", kind="campaign") as write:
                people = [(500_000 + i, 0, 1_000_000 + 3 * i) for i in range(start, start + 1_000)]
                taken = ledger.take(write, 1, 1, people, at=NOW + start, sender=1)
                ledger.settle(write, 1, [Result(one.id, 4, None, None, 450) for one in taken])  # type: ignore[arg-type]
        yield Figure(
            "a row of the ledger, indexes included", (_size(path) - before) / ROWS, "bytes", aim="100"
        )


def _size(path: Path) -> int:
    """Bytes in use once the file is packed."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("VACUUM")
    (pages,), (size,) = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
    )
    connection.close()
    return int(pages) * int(size)


_SERVER = """
import sys
from tests.channels.mail_server import Desk, Server
class Quick(Desk):
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"
print(Server(Quick()).port, flush=True)
sys.stdin.read()
"""


def emails(folder: Path) -> Iterator[Figure]:
    """Mails by a campaign, and by a bare loop of smtplib over one connection to the same server."""
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    port = int(server.stdout.readline())
    try:
        for mails in MAILS:
            before = _bare(port, mails // 2)
            ours = _campaign(folder / str(mails), port, mails)
            after = _bare(port, mails // 2)
            # Half of it before and half after: the load changes.
            bare = [(one + other) / mails for one, other in zip(before, after, strict=True)]
            what = f"a campaign of {mails:,} mails"
            yield Figure(
                f"{what}: mails a second", mails / ours[0], "/s", 1 / bare[0], "bare loop", aim="80 %"
            )
            yield Figure(
                f"{what}: CPU a mail, starting its processes included",
                ours[1] / mails * 1000, "ms", bare[1] * 1000, "bare loop", aim="80 %",
            )  # fmt: skip
    finally:
        server.kill()
        server.communicate()


def _campaign(folder: Path, port: int, mails: int) -> tuple[float, float]:
    """Seconds by the clock, and of CPU in all processes, that sending a campaign takes."""
    from crmcore.records.clock import Clock
    from crmcore.records.settings import ShopSettings
    from crmcore.shop import Shop
    from tests.campaigns.test_at_most_once import fill

    class World:
        """What `fill` needs."""

        def __init__(self, shop: Shop) -> None:
            self.shop = shop

    with Shop.create(folder, ShopSettings(language="en")) as shop:
        shop.clock = lambda as_of=None: Clock("Asia/Shanghai", NOW).on(as_of)  # type: ignore[method-assign]
        fill(World(shop), mails)  # type: ignore[arg-type]
        settings = {"host": "127.0.0.1", "port": str(port), "security": "none", "sender": "shop@example.com",
                    "per_second": "100000"}  # fmt: skip
        shop.change_plugin_settings("email", settings)
        words = {"*": {"text": "#客户昵称#，好久不见。退订请回复TD", "subject": "好久不见"}}
        body = {
            "where": {"any": [{"orders": {"gte": 0}}]},
            "channels": ["email"],
            "messages": words,
            "control": 0,
        }
        shop.campaigns.new("mails", "one_off", body)
        shop.campaigns.plan("mails", save=True)
        began, spent = time.perf_counter(), cpu()
        sent = shop.campaigns.send("mails")
        took = time.perf_counter() - began
    spent = cpu() - spent  # the channel's process has ended with the shop
    assert sent.sent == mails, sent
    return took, spent


def _bare(port: int, mails: int) -> tuple[float, float]:
    from email.message import EmailMessage

    began, spent = time.perf_counter(), cpu()
    client = smtplib.SMTP("127.0.0.1", port)
    for number in range(mails):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "shop@example.com", f"p{number}@x.cn", "好久不见"
        mail.set_content("P，好久不见。退订请回复TD")
        client.sendmail("shop@example.com", f"p{number}@x.cn", mail.as_bytes())
    client.quit()
    return time.perf_counter() - began, cpu() - spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("shop", nargs="?", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        figures = [*ledger(Path(place) / "ledger"), *emails(Path(place) / "mails")]
        if given.shop:
            import shutil

            copy = Path(place) / "copy"
            shutil.copytree(given.shop, copy)
            figures += planning(copy)
    for one in figures:
        beside = f"  ({one.reference_name}: {one.reference:,.1f})" if one.reference_name else ""
        print(f"{one.what}: {one.value:,.2f} {one.unit}{beside}  aim {one.aim}")


if __name__ == "__main__":
    os.environ.setdefault("CRM_ACTOR", "bench")
    main()
