"""One of several programs that write at once: `python -m tests.store.writer URL CUSTOMER NAME COUNT`.

It writes once to warm up, says so, and waits for a line; then it writes COUNT times.
"""

from __future__ import annotations

import sys

from crmcore.records.interaction import CORE_KINDS
from crmcore.store import interactions, search
from crmcore.store.database import Database
from crmcore.store.facts import Facts


def main(url: str, customer: str, name: str, count: str) -> None:
    database = Database(url)
    database.refreshers += [Facts(database, "CNY", "Asia/Shanghai").refresh, search.refresh]
    kinds = {kind.name: kind for kind in CORE_KINDS}

    def log(number: int) -> None:
        with database.write("log", actor=name, kind="log") as write:
            text = f"{name} {number}"
            interactions.log(write, kinds, int(customer), "promise", text, at=number, due_at=number)
        with database.read() as connection:
            interactions.due(connection, kinds, 10_000)

    log(0)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(1, int(count) + 1):
        log(number)
    database.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
