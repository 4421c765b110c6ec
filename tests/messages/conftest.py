"""A shop with three customers, and a channel that is nothing but a board on the wall."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore.config import FOLDERS, write_shop_file
from crmcore.people import Changes, People
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop

PLUGINS = Path(__file__).parent.parent / "plugins"
RAIN = {"name": "林小雨", "nickname": "小雨", "gender": "female", "city": "杭州", "extra.wechat": "rain77"}


@pytest.fixture
def shop_folder(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty shop that speaks Chinese, with the board as its channel, and no bundled plugin but calls."""
    monkeypatch.setenv("CRM_PLUGINS", "phone,channels")
    folder = tmp_path / "shop"
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    shutil.copyfile(sqlite_template, folder / "shop.db")
    shutil.copy(PLUGINS / "channels.py", folder / "plugins")
    write_shop_file(folder, "shop.db", ShopSettings("CNY", "Asia/Shanghai", "zh"))
    return folder


@pytest.fixture
def shop(shop_folder: Path) -> Iterator[Shop]:
    """1: 林小雨, of whom everything is known; 2: 小***7, hidden by a platform; 3: nothing but an e-mail address."""
    with Shop.open(shop_folder, actor="tester") as opened:
        people = People(opened)
        people.add(Changes(RAIN, ["13800138001"], ["Rain@Example.com"], ["VIP", "老客"]))
        people.add(Changes({"nickname": "小***7"}, ["138****8002"]))
        people.add(Changes({}, emails=["c@example.com"]))
        yield opened
