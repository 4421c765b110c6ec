"""The command line in process (`crm`) and as people start it (`crm_process`), each with a shop of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crmcore.cli.main import crm as crm_group
from crmcore.config import FOLDERS, write_shop_file
from crmcore.records.settings import ShopSettings


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout; anything else there makes it fail."""
        return json.loads(self.out)


Crm = Callable[..., Outcome]


def _leave_home(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    home.mkdir()
    for name in ("HOME", "XDG_STATE_HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(home)


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is read from or written to the developer's home, and no shop lies upward."""
    _leave_home(monkeypatch, tmp_path / "home")


def _make_shop(folder: Path, template: Path) -> Path:
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    shutil.copyfile(template, folder / "shop.db")
    write_shop_file(folder, "shop.db", ShopSettings("CNY", "Asia/Shanghai", "en"))
    return folder


@pytest.fixture
def shop_folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """An empty shop's folder: CNY, Asia/Shanghai, speaks English."""
    return _make_shop(tmp_path / "shop", sqlite_template)


def _run(*words: object, shop: object = None, stdin: str | None = None) -> Outcome:
    line = [str(word) for word in words]
    if shop is not None:
        line = ["--shop", str(shop), *line]
    result = CliRunner().invoke(crm_group, line, input=stdin, prog_name="crm")
    return Outcome(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def crm() -> Crm:
    """Runs `crm` in this process: `crm("stats", "--json", shop=folder)`."""

    return _run


@pytest.fixture
def crm_process() -> Crm:
    """Runs `crm` as a process of its own, as people do."""

    def run(*words: object, **environ: str) -> Outcome:
        result = subprocess.run(
            [sys.executable, "-m", "crmcore.cli.main", *map(str, words)],
            capture_output=True,
            check=False,
            env={**os.environ, **environ},
            timeout=120,
        )
        return Outcome(result.returncode, result.stdout.decode("utf-8"), result.stderr.decode("utf-8"))

    return run


MAPPING = """\
platform: corner
record: order_line
currency: {currency}
time_zone: Asia/Shanghai
columns:
  order_ref: order
  buyer_ref: buyer
  name: name
  phone: phone
  placed_at: placed
  paid_at: paid
  status: status
  sku: sku
  title: title
  category: category
  quantity: quantity
  unit_price: price
  order_total: total
  refund_total: refund
order_amounts: repeated
statuses: {{new: unpaid, paid: paid, done: completed, closed: closed}}
"""

ORDERS = """\
order,buyer,name,phone,placed,paid,status,sku,title,category,quantity,price,total,refund
A1,li,李雷,13800138000,2026-01-05 10:00:00,2026-01-05 10:05:00,done,S1,红裙子,连衣裙,1,300.00,520.00,0
A1,li,李雷,13800138000,2026-01-05 10:00:00,2026-01-05 10:05:00,done,S2,外套,外套,2,110.00,520.00,0
A2,li,李雷,13800138000,2026-02-01 09:00:00,2026-02-01 09:01:00,done,S1,红裙子,连衣裙,1,300.00,300.00,100.00
A3,han,韩梅梅,13900139000,2026-02-03 12:00:00,,new,S3,帽子,配饰,1,59.90,59.90,0
A4,,,,2026-02-04 12:00:00,2026-02-04 12:00:10,done,S3,帽子,配饰,1,59.90,59.90,0
"""
BAD_ROW = "A5,lin,林涛,13700137000,not a day,,new,S3,帽子,配饰,1,59.90,59.90,0\n"


@dataclass(frozen=True)
class Files:
    """An order file of a corner shop: two customers, four orders (one of nobody), one row with a bad date."""

    mapping: Path
    orders: Path
    with_bad_row: Path


def _write_files(folder: Path) -> Files:
    folder.mkdir()
    made = Files(folder / "corner.yaml", folder / "orders.csv", folder / "bad.csv")
    made.mapping.write_text(MAPPING.format(currency="CNY"), "utf-8")
    made.orders.write_text(ORDERS, "utf-8")
    made.with_bad_row.write_text(ORDERS + BAD_ROW, "utf-8")
    return made


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return _write_files(tmp_path / "files")


@pytest.fixture(scope="session")
def filled_template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """The shop that `filled` copies."""
    root = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as monkeypatch:
        _leave_home(monkeypatch, root / "home")
        folder, files = _make_shop(root / "shop", sqlite_template), _write_files(root / "files")
        brought = _run("import", files.orders, "--mapping", files.mapping, shop=folder)
        assert brought.code == 0, brought.err
    return folder


@pytest.fixture
def filled(tmp_path: Path, filled_template: Path) -> Path:
    """The folder of a shop into which the order file was imported."""
    return Path(shutil.copytree(filled_template, tmp_path / "shop"))
