"""The shop's file: who may read it, and that a password is never shown."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmcore import config
from crmcore.errors import CrmError, NotFoundError
from crmcore.records.settings import ShopSettings

URL = "postgresql://ann:s3cret@db.example/shop"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (URL, "postgresql://ann:***@db.example/shop"),
        ("postgresql://ann@db.example/shop", "postgresql://ann@db.example/shop"),
        ("sqlite:////home/ann/shop.db", "sqlite:////home/ann/shop.db"),
    ],
)
def test_passwords_are_hidden(url: str, shown: str) -> None:
    assert config.hide_password(url) == shown


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights another way")
def test_a_file_with_a_password_is_for_its_owner_alone(tmp_path: Path) -> None:
    config.write_shop_file(tmp_path, URL, ShopSettings())
    assert stat.S_IMODE((tmp_path / "shop.yaml").stat().st_mode) == 0o600
    assert config.locate(str(tmp_path)).url == URL
    assert "s3cret" not in config.locate(URL).shown


@pytest.mark.parametrize(
    "text", ["garbage", "- a", "database: 5", 'database: "a\\0b"', "[" * 3000, "language: fr", "\0", "foo: 1"]
)
def test_a_broken_shop_file_is_told_with_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "shop.yaml").write_text(text, "utf-8")
    with pytest.raises(CrmError, match=r"shop\.yaml"):
        config.locate(str(tmp_path))


def test_a_shop_that_is_gone_is_not_the_one_opened_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "state"))
    (tmp_path / "shop").mkdir()
    config.write_shop_file(tmp_path / "shop", "shop.db", ShopSettings())
    config.remember_opened(config.locate(str(tmp_path / "shop")))
    assert config.last_opened() == str(tmp_path / "shop")
    (tmp_path / "shop" / "shop.yaml").unlink()
    assert config.last_opened() is None
    with pytest.raises(NotFoundError, match="crm init"):
        config.locate(str(tmp_path / "shop"))


@pytest.mark.parametrize("name", ["what?", "5%", "a%20b", "a?b#c"])
def test_a_file_is_found_whatever_its_folder_is_called(tmp_path: Path, name: str) -> None:
    file = tmp_path / name / "shop.db"
    assert sa.make_url(config.database_url("shop.db", tmp_path / name)).database == str(file.resolve())
    assert config.database_url(URL, tmp_path) == URL


def test_a_database_where_a_folder_belongs_is_known(tmp_path: Path) -> None:
    assert config.is_url_of_database(Path(URL))
    assert config.is_url_of_database(Path("sqlite:///shop.db"))
    assert not config.is_url_of_database(tmp_path / "postgresql")
