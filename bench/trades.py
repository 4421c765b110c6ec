"""What category plugins cost: `python -m bench.trades SHOP [PLUGIN…]`, on a shop made by `python -m bench.filled`.

Prints CPU seconds of working out what is usual, and CPU microseconds a customer of the facts that follow, each in
processes of their own. Fills facts in for so many customers as half a minute takes. Writes into the shop.
"""

from __future__ import annotations

import os
import resource
import sys

from crmcore.hooks.discovery import ENVIRONMENT
from crmcore.shop import Shop

SECONDS = 30.0


def main(place: str, *plugins: str) -> None:
    """Measure and print."""
    for chosen in [*plugins, ",".join(plugins)] if len(plugins) > 1 else plugins or ("cosmetics",):
        os.environ[ENVIRONMENT] = chosen
        started = _cpu()
        with Shop.open(place) as shop:
            shop.facts  # noqa: B018 - built at its first use
            opened = _cpu()
            failures = shop.norms.refresh(force=True, with_facts=False)
        usual = _cpu()
        told: list[int] = []
        with Shop.open(place) as shop:
            worker = shop.worker
            shop.python_facts.work(
                worker.facts,
                together=worker.facts_together,
                seconds=SECONDS,
                progress=lambda done, _total, told=told: told.append(done),  # type: ignore[misc]
            )
        facts = _cpu()
        done = max(told, default=0)
        print(f"{chosen}: opened {opened - started:.2f} s, usual {usual - opened:.2f} s CPU {failures or ''}")
        print(f"  facts of {done:,} customers: {(facts - usual) / max(done, 1) * 1e6:.0f} µs CPU each")


def _cpu() -> float:
    """CPU seconds of this process and of those that it started and that have ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(use.ru_utime + use.ru_stime for use in map(resource.getrusage, kinds))


if __name__ == "__main__":
    main(*sys.argv[1:])
