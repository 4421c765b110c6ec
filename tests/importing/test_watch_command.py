"""`crm import --watch FOLDER`, as people start and stop it."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crmcore.config import FOLDERS, write_shop_file
from crmcore.records.settings import ShopSettings
from tests.importing.shops import mapping, table


@pytest.mark.skipif(os.name == "nt", reason="SIGINT is sent to one process")
def test_files_are_imported_as_they_come_until_ctrl_c(sqlite_template: Path, tmp_path: Path) -> None:
    folder, inbox = tmp_path / "shop", tmp_path / "inbox"
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    inbox.mkdir()
    shutil.copyfile(sqlite_template, folder / "shop.db")
    write_shop_file(folder, "shop.db", ShopSettings("CNY", "Asia/Shanghai", "en"))
    said = mapping(tmp_path, record="order", columns=["order_ref", "buyer_ref", "placed_at", "order_total"])
    words = ["--shop", folder, "import", "--watch", inbox, "--mapping", said, "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "crmcore.cli.main", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
        # A test run in the background of a script would hand on that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as watching:  # fmt: skip
        assert watching.stdout is not None
        assert watching.stderr is not None
        told: queue.Queue[str] = queue.Queue()
        warned: queue.Queue[str] = queue.Queue()
        readers = [
            threading.Thread(target=lambda out, to: [to.put(line) for line in out], args=ends)
            for ends in ((watching.stdout, told), (watching.stderr, warned))
        ]
        for reader in readers:
            reader.start()
        try:
            assert warned.get(timeout=90).startswith("Watching")
            (inbox / "no-orders.csv").write_text("a,b\n1,2\n", "utf-8")  # told, and the other is taken
            order = {
                "order_ref": "A1",
                "buyer_ref": "li",
                "placed_at": "2026-01-05 10:00:00",
                "order_total": "1",
            }
            table(tmp_path, [order], "A1.csv").rename(inbox / "A1.csv")
            (batch,) = json.loads(told.get(timeout=90))["batches"]
            assert (batch["new"], batch["orders_new"]) == (1, 1)
            assert Path(batch["files"][0]).name == "A1.csv"
            assert "no-orders.csv" in warned.get(timeout=90)
        finally:
            watching.send_signal(signal.SIGINT)
            try:
                code = watching.wait(120)
            except subprocess.TimeoutExpired:
                watching.kill()  # or the end of the block would wait for it for ever
                raise
            for reader in readers:
                reader.join()
        assert code == 130
        assert [*warned.queue][-1] == "Interrupted.\n"
