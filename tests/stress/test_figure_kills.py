"""kill -9 at any moment of an import of daily figures: all of the file is in the shop, or nothing of it."""

from __future__ import annotations

import os
import shutil
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from crmcore.shop import Shop
from tests.importing.shops import check, mapping, opened, rows, table
from tests.stress.children import die_at, moments, spawn

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX"), pytest.mark.stress]
ROWS = 20_000


def bring(url: str, path: Path, says: Path) -> None:
    """Import in a process of its own."""
    with Shop.open(url, actor="test") as shop:
        shop.imports.run([path], mapping=says)


def test_all_or_nothing(sqlite_template: Path, tmp_path: Path) -> None:
    first = date(2020, 1, 1)
    told = [
        {"day": f"{first + timedelta(days=number % 1000)}", "site": f"s{number // 1000}", "visitors": number}
        for number in range(ROWS)
    ]  # fmt: skip
    path = table(tmp_path, told)
    says = mapping(tmp_path, "days", record="traffic", columns=["day", "site", "visitors"])
    whole = tmp_path / "whole.db"
    shutil.copyfile(sqlite_template, whole)
    started = time.monotonic()
    spawn(bring, f"sqlite:///{whole}", path, says).join()
    seconds = time.monotonic() - started
    seen = set()
    for turn, at in enumerate([*moments(5, 10, over=seconds), 3 * seconds]):
        base = tmp_path / f"{turn}.db"
        shutil.copyfile(sqlite_template, base)
        die_at(spawn(bring, f"sqlite:///{base}", path, says), at)
        with opened(f"sqlite:///{base}") as shop:
            kept, imports = len(rows(shop, "daily_figures", "id")), shop.imports.all()
            assert (kept, [one.state for one in imports]) in ((0, []), (ROWS, ["done"]))
            check(shop)
            seen.add(kept)
            shop.imports.run([path], mapping=says)
            assert len(rows(shop, "daily_figures", "id")) == ROWS
    assert seen == {0, ROWS}, "every kill came too early or too late"
