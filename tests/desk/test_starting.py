"""What a new shop is set to unless somebody says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.desk import starting
from crmcore.errors import CrmError, UsageError
from crmcore.hooks.discovery import installed_plugins
from crmcore.i18n import speaking
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))


def test_the_defaults_are_those_of_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_LOCAL_TIME", Path("/nothing/there"))
    with speaking("zh"):
        for zone, currency in (("Asia/Shanghai", "CNY"), ("Europe/Berlin", "EUR"), ("Europe/London", "GBP")):
            monkeypatch.setenv("TZ", zone)
            assert starting.default_settings() == ShopSettings(currency, zone, "zh")
        for nothing in ("", "UTC", "Nowhere/Atall"):
            monkeypatch.setenv("TZ", nothing)
            assert starting.default_settings() == ShopSettings("CNY", "Asia/Shanghai", "zh")


def test_every_trade_with_rules_can_be_chosen(tmp_path: Path) -> None:
    optional = {one.name for one in installed_plugins() if one.optional and one.source == "built-in"}
    assert set(starting.CATEGORIES) <= optional
    with Shop.create(tmp_path / "shop", ShopSettings()) as shop:
        with pytest.raises(UsageError, match="there is no category 'shoos'"):
            starting.choose_categories(shop, ["home", "shoos"])
        assert shop.plugins.info("home").state == "off"
        starting.choose_categories(shop, ["home", "cosmetics"])
        states = {one.name: one.state for one in shop.plugins.plugins() if one.optional}
        assert {name for name, state in states.items() if state == "on"} == {"home", "cosmetics"}


def test_a_folder_that_holds_no_shop_yet(tmp_path: Path) -> None:
    assert starting.new_folder() == tmp_path / "crm-shop"
    named = starting.make_shop(starting.new_folder(), ShopSettings("EUR", "Europe/Berlin", "en"))
    assert named == str(tmp_path / "crm-shop")
    assert starting.new_folder() == tmp_path / "crm-shop-2"
    with pytest.raises(CrmError, match="crm-shop"):
        starting.make_shop(tmp_path / "crm-shop", ShopSettings())


def test_what_is_wrong_is_said() -> None:
    assert starting.wrong_currency("eur") is None
    assert "EUR" in str(starting.wrong_currency("euro"))
    assert starting.wrong_zone("Asia/Tokyo") is None
    assert "Tokyo" in str(starting.wrong_zone("Tokyo"))
