"""`python -m bench [--orders N] [--customers N] [--only NAME]`: every figure with its reference, as a table."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from datetime import date
from pathlib import Path

from bench.figures import Figure, Setting
from bench.mail import mail
from bench.reports import reports
from bench.scenarios import SCENARIOS
from bench.segments import segments
from bench.ui import ui

ALL = (*SCENARIOS, segments, reports, ui, mail)


def main() -> None:
    """Run the scenarios and print a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--orders", type=int, default=50_000)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--only", action="append", choices=[one.__name__ for one in ALL])
    parser.add_argument("--folder", type=Path, help="where the files and the shop go (kept)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as made:
        folder = chosen.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        setting = Setting(folder, chosen.orders, chosen.customers)
        machine = f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}"
        size = f"{chosen.orders:,} orders of {chosen.customers:,} customers"
        print(f"{date.today()} · {machine} · load {os.getloadavg()[0]:.0f} · {size}\n")
        print("| what | figure | reference | ratio | CPU | ratio of CPU | peak MB | aim |")
        print("|---|---|---|---|---|---|---|---|")
        for scenario in ALL:
            if not chosen.only or scenario.__name__ in chosen.only:
                for figure in scenario(setting):
                    print(_row(figure), flush=True)


def _row(one: Figure) -> str:
    ratio = f"{one.value / one.reference:.1f}×" if one.reference else ""
    reference = f"{one.reference:.3f} {one.unit} ({one.reference_name})" if one.reference else ""
    memory = f"{one.memory:.0f}" if one.memory else ""
    cpu = f"{one.cpu:.3f} {one.unit}" if one.cpu else ""
    cpus = f"{one.cpu / one.reference_cpu:.1f}×" if one.reference_cpu else ""
    figure = f"{one.value:.3f} {one.unit}"
    return f"| {one.what} | {figure} | {reference} | {ratio} | {cpu} | {cpus} | {memory} | {one.aim} |"


if __name__ == "__main__":
    sys.exit(main())
