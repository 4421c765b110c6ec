"""What plugins ask for, as forms ask it; what they brought and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pytest

from crmcore.desk import plugin_view
from crmcore.errors import PluginFailure
from crmcore.hooks.failure_log import write_failure
from crmcore.hooks.settings import SettingError, fields_of_class
from crmcore.i18n import speaking
from crmcore.shop import Shop


@pytest.fixture
def shop(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    for name in ("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    with Shop.open(sqlite_url, actor="clerk") as opened:
        yield opened


@dataclass(frozen=True)
class Settings:
    many: Annotated[int, "how many"] = 3
    share: float = 0.5
    loud: bool = True
    tone: Literal["warm", "cool"] = "warm"
    since: date = date(2026, 1, 5)
    most: int | None = None
    words: str = "你好"
    bands: tuple[int, ...] = (90, 180)
    table: Mapping[str, int] = field(default_factory=dict)


def test_each_type_becomes_what_a_form_can_ask() -> None:
    asked = {one.name: plugin_view._asked(one, one.default) for one in fields_of_class(Settings)}
    assert {name: (one.kind, one.value) for name, one in asked.items()} == {
        "many": ("int", "3"), "share": ("decimal", "0.5"), "loud": ("bool", "true"),
        "tone": ("choice", "warm"), "since": ("date", "2026-01-05"), "most": ("int", ""),
        "words": ("text", "你好"), "bands": ("text", "[90, 180]"), "table": ("text", "{}"),
    }  # fmt: skip
    assert asked["tone"].choices == ("warm", "cool")
    assert asked["many"].hint == "how many"
    assert asked["most"].typed(" ") == "null"
    assert asked["bands"].wrong("[1, 2]") is None
    assert asked["bands"].wrong("[1, two]")
    assert [one.name for one in asked.values() if one.needed] == ["many", "share", "loud", "tone", "since"]


def test_settings_are_kept_and_the_plugins_own_value_is_told(shop: Shop) -> None:
    (bands,) = plugin_view.settings(shop, "lapse")
    assert (bands.value, bands.wrong("[30, 60]")) == ("[90, 180, 365]", None)
    plugin_view.change_settings(shop, "lapse", {"bands": "[30, 60]"})
    with speaking("en"):
        (bands,) = plugin_view.settings(shop, "lapse")
        assert bands.value == "[30, 60]"
        assert "[90, 180, 365]" in bands.hint
        with pytest.raises(SettingError, match="bands must be numbers of 1 or more that rise"):
            plugin_view.change_settings(shop, "lapse", {"bands": "[60, 30]"})


def test_plugins_tell_what_they_bring_and_how_they_fare(shop: Shop) -> None:
    with speaking("en"):
        found = {one.info.name: one for one in plugin_view.plugins(shop)}
        assert found["lapse"].state == "on"
        assert found["lapse"].has_settings
        assert found["lapse"].brings["segments"][0] == "Active (ordered within 90 days)"
        assert plugin_view.switch(shop, "lapse", on=False).state == "off"
        found = {one.info.name: one for one in plugin_view.plugins(shop)}
        assert (found["lapse"].state, found["lapse"].has_settings) == ("off", False)
    write_failure(shop.log_folder, PluginFailure("lapse", "fact x", "it broke", "Traceback\n  line"))
    write_failure(shop.log_folder, PluginFailure("other", "fact y", "too"))
    (failure,) = plugin_view.failures(shop, "lapse")
    assert (failure.logged.what, failure.logged.reason, failure.detail) == (
        "fact x",
        "it broke",
        "Traceback\n  line",
    )
    assert [one.plugin for one in plugin_view.failures(shop)] == ["other", "lapse"]


def test_results_as_lines() -> None:
    told = {"count": 2, "who": ["a", "b"], "more": {"x": None}}
    assert plugin_view.result_lines(told) == ["count: 2", "who:", "  a", "  b", "more:", "  x: None"]
    assert plugin_view.result_lines(None) == []
    assert plugin_view.result_lines("done") == ["done"]
