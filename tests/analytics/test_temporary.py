"""Folders that a killed process left behind are cleared away, and nobody else's."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from crmcore import temporary
from crmcore.analytics.data import Data
from crmcore.shop import Shop

KILLED = """
import os
from crmcore import temporary
kept = temporary.folder("crm-report")
open(os.path.join(kept.name, "orders.csv"), "w").close()
print(kept.name, flush=True)
os.kill(os.getpid(), 9)
"""

KILLED_DRAFT = """
import os, pathlib, sys
from crmcore import temporary
with temporary.draft_of(pathlib.Path(sys.argv[1])) as draft:
    draft.write_text("half")
    draft.with_name(f"{draft.name}-wal").write_text("beside it")
    os.kill(os.getpid(), 9)
"""


def test_the_next_file_clears_what_a_killed_one_left_beside_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_DRAFT, str(tmp_path / "first.db")], check=False)
    left = [one.name for one in tmp_path.rglob("*") if one.is_file()]
    assert sorted(left) == ["first.db", "first.db-wal"]
    assert not (tmp_path / "first.db").exists()
    with temporary.draft_of(tmp_path / "second.db") as draft:
        draft.write_text("whole")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("second.db", "whole")]


def test_the_next_report_clears_what_a_killed_one_left(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, check=False)
    left = Path(done.stdout.strip())
    assert (left.parent, [one.name for one in left.iterdir()]) == (tmp_path, ["orders.csv"])
    dead = left.name.removeprefix("crm-report-").rpartition("-")[0]
    host, _dash, rest = dead.partition("-")
    others = {
        tmp_path / f"crm-report-{'0' * len(host)}-{rest}-x": "another host's",
        tmp_path / f"crm-report-{temporary.owner()}-x": "of a process that runs",
        tmp_path / "crm-report-ab12cd34": "of nobody knows whom",
        tmp_path / f"crm-import-{dead}-x": "another work's",
    }
    for folder in others:
        folder.mkdir()
    linked = tmp_path / f"crm-report-{dead}-link"
    linked.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "elsewhere").mkdir()
    with Data(shop.reports._source(None), ("orders",)) as data:
        assert data.one("SELECT count(*) FROM orders") == 6
    assert not left.exists()
    assert all(folder.exists() for folder in (*others, linked, tmp_path / "elsewhere"))
