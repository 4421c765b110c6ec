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


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is read from or written to the developer's home, and no shop lies upward."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_STATE_HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(home)


@pytest.fixture
def shop_folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """An empty shop's folder: CNY, Asia/Shanghai, speaks English."""
    folder = tmp_path / "shop"
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    shutil.copyfile(sqlite_template, folder / "shop.db")
    write_shop_file(folder, "shop.db", ShopSettings("CNY", "Asia/Shanghai", "en"))
    return folder


@pytest.fixture
def crm() -> Crm:
    """Runs `crm` in this process: `crm("stats", "--json", shop=folder)`."""

    def run(*words: object, shop: object = None, stdin: str | None = None) -> Outcome:
        line = [str(word) for word in words]
        if shop is not None:
            line = ["--shop", str(shop), *line]
        result = CliRunner().invoke(crm_group, line, input=stdin, prog_name="crm")
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return run


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
