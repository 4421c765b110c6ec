"""Long work in a process of its own: told how it goes, stopped, dead."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crmcore.background.process import Event, News, Process, Progress, Result, Stopped
from crmcore.errors import CrmError, NotFoundError
from crmcore.i18n import speaking
from crmcore.shop import Shop
from tests.importing.held import after_the_first_chunk
from tests.importing.shops import mapping, table
from tests.waiting import until


def start(work: str, shop: Path, **arguments: Any) -> Process:
    return Process(work, arguments, shop=str(shop), actor="clerk")


def orders(folder: Path, count: int) -> dict[str, str]:
    """A batch: a file of so many orders, and its mapping."""
    said = mapping(folder, record="order", columns=["order_ref", "buyer_ref", "placed_at", "order_total"])
    rows = [
        {"order_ref": f"A{i}", "buyer_ref": f"b{i}", "placed_at": "2026-01-05 10:00", "order_total": 5}
        for i in range(count)
    ]
    return {"files": [str(table(folder, rows))], "mapping": str(said)}  # type: ignore[dict-item]


def results(events: Iterator[Event]) -> list[Any]:
    return [one.value for one in events if isinstance(one, Result)]


def test_a_plan_changes_nothing_an_import_tells_how_far_it_is_and_undo_takes_it_back(
    shop_folder: Path, tmp_path: Path
) -> None:
    batch = orders(tmp_path, 30)
    ((plan,),) = results(start("import", shop_folder, batches=[batch], dry_run=True).events())
    assert (plan["new"], plan["id"]) == (30, None)
    events = list(start("import", shop_folder, batches=[batch]).events())
    ((done,),) = results(iter(events))
    assert done["new"] == 30
    assert [one for one in events if isinstance(one, Progress)]
    with Shop.open(shop_folder) as shop:
        (row,) = shop.imports.all()
        assert (row.state, row.actor, row.counts.new) == ("done", "clerk", 30)
    (report,) = results(start("undo", shop_folder, id=done["id"]).events())
    assert (report["removed"] > 0, report["kept_count"]) == (True, 0)


def test_an_import_that_is_stopped_stays_as_far_as_it_came(postgresql_url: str, tmp_path: Path) -> None:
    told: list[Event] = []
    with after_the_first_chunk(postgresql_url), Shop.open(postgresql_url) as shop:
        batches = [orders(tmp_path, 4_500)]
        process = Process("import", {"batches": batches}, shop=postgresql_url, actor="clerk")
        # What it tells is no sign: of two steps within a tenth of a second it tells one.
        until(lambda: [one.chunks_done for one in shop.imports.all()] == [1])
        process.stop()
        with pytest.raises(Stopped):
            told.extend(process.events())
    assert any(isinstance(one, Progress) and one.total > 1 for one in told)
    with Shop.open(postgresql_url) as shop:
        (row,) = shop.imports.all()
        assert row.state == "interrupted"
        assert row.chunks_done == 1 < row.chunks


def test_errors_come_as_they_are_in_the_language_of_whoever_asked(shop_folder: Path) -> None:
    with speaking("zh"), pytest.raises(NotFoundError, match="没有"):
        list(start("undo", shop_folder, id=7).events())


def test_a_process_that_is_killed_is_told_plainly(shop_folder: Path, tmp_path: Path) -> None:
    with Shop.open(shop_folder) as shop, shop.write("hold it"):
        process = start("import", shop_folder, batches=[orders(tmp_path, 20)])
        os.kill(process.pid, signal.SIGKILL)
        with speaking("en"), pytest.raises(CrmError, match="ended before it was done"):
            list(process.events())


def test_what_a_plugin_prints_does_not_mix_with_what_is_told(shop_folder: Path) -> None:
    (shop_folder / "plugins" / "loud.py").write_text(
        "import sys\n"
        "from crmcore import Action, hookimpl\n"
        "print('loading loud')\n"
        "def shout(shop):\n"
        "    '''Shout.'''\n"
        "    print('shouting')\n"
        "    return {'loud': True}\n"
        "@hookimpl\n"
        "def crm_actions():\n"
        "    return [Action('shout', shout)]\n",
        "utf-8",
    )
    events = list(start("action", shop_folder, plugin="loud", name="shout", values={}).events())
    assert events == [Result({"result": {"loud": True}, "warnings": []})]
    assert not [one for one in events if isinstance(one, News)]
