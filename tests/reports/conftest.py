"""The sample of CDNOW's buyers (2,357 people, 1997 to mid 1998) as a shop, and the same purchases in pandas."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crmcore.config import FOLDERS, write_shop_file
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop
from crmcore.store.database import Database
from crmcore.store.settings import write_settings
from tests.importing.shops import mapping
from tests.reports.made_up import TODAY, fill

SAMPLE = Path(__file__).parents[1] / "data" / "cdnow_sample.txt.gz"
END = date(1998, 6, 30)


@contextmanager
def empty(folder: Path, template: Path, settings: ShopSettings) -> Iterator[Shop]:
    """An empty shop with these settings."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    shutil.copyfile(template, folder / "shop.db")
    write_shop_file(folder, "shop.db", settings)
    database = Database(f"sqlite:///{folder / 'shop.db'}")
    with database.write("settings", actor="test", kind="settings") as write:
        write_settings(write, settings)
    database.dispose()
    with Shop.open(folder, actor="test") as shop:
        yield shop


@pytest.fixture(scope="session")
def purchases() -> pd.DataFrame:
    """Every purchase of the sample: who (as text), day, cents."""
    found = pd.read_csv(
        SAMPLE, sep=r"\s+", header=None, names=["all", "id", "day", "cds", "dollars"], dtype=str
    )
    found["day"] = pd.to_datetime(found["day"], format="%Y%m%d")
    found["cents"] = found["dollars"].str.replace(".", "").astype(int)
    return found


@pytest.fixture(scope="session")
def cdnow(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Shop]:
    """The shop; nothing writes to it."""
    folder = tmp_path_factory.mktemp("cdnow")
    file = folder / "sample.txt"
    file.write_bytes(gzip.decompress(SAMPLE.read_bytes()))
    said = mapping(
        folder, "cdnow", platform="cdnow", record="order", currency="USD", time_zone="America/New_York",
        delimiter=" ", date_format="%Y%m%d", key=["buyer_ref", "placed_at", "quantity", "order_total"],
        header=["all", "buyer_ref", "placed_at", "quantity", "order_total"],
        columns=["buyer_ref", "placed_at", "quantity", "order_total"],
    )  # fmt: skip
    with empty(folder, sqlite_template, ShopSettings("USD", "America/New_York", "en")) as shop:
        shop.imports.run([file], mapping=said)
        yield shop


@pytest.fixture(scope="session")
def found(cdnow: Shop) -> Callable[..., dict[str, list[tuple[Any, ...]]]]:
    """The tables of a report on it as of a day: name -> rows."""

    def run(report: str, as_of: date = END, **typed: str) -> dict[str, list[tuple[Any, ...]]]:
        result = cdnow.reports.run(report, typed, as_of=as_of)
        return {table.name: [tuple(row) for row in table.rows] for table in result.findings.tables}

    return run


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Shop]:
    """The made-up shop; nothing writes to it."""
    folder = tmp_path_factory.mktemp("made_up")
    with empty(folder, sqlite_template, ShopSettings("CNY", "Asia/Shanghai", "zh")) as shop:
        fill(shop, folder)
        yield shop


Tables = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def told(made_up: Shop) -> Callable[..., Tables]:
    """The tables of a report on it: name -> rows."""

    def run(report: str, **typed: str) -> Tables:
        result = made_up.reports.run(report, typed, as_of=TODAY)
        return {table.name: [tuple(row) for row in table.rows] for table in result.findings.tables}

    return run
