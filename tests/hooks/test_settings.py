"""Settings of plugins: declared by the author, set by the shop, refused with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import entry_points
from typing import Annotated, Literal

import msgspec
import pytest

from crmcore.errors import CrmError, NotFoundError, PluginFailure
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from crmcore.hooks.offers import parameter_fields
from crmcore.hooks.results import ON
from crmcore.hooks.setting_types import Title
from crmcore.hooks.settings import SettingError, SettingField, build, check, fields_of_class, nearest
from crmcore.i18n import speaking
from crmcore.wide import width


@dataclass(frozen=True)
class Settings:
    days: Annotated[int, msgspec.Meta(ge=1), "quiet for so many days"] = 30
    share: float = 0.8
    mode: Literal["fast", "exact"] = "fast"
    since: date | None = None
    words: list[str] = field(default_factory=lambda: ["春", "夏"])
    loud: bool = field(default=False, metadata={"doc": "say more"})

    def __post_init__(self) -> None:
        if self.share > 1:
            raise ValueError("share is at most 1")


FIELDS = fields_of_class(Settings)


def test_a_form_can_be_made_of_them() -> None:
    assert [(one.name, one.type_name, one.default, one.doc) for one in FIELDS] == [
        ("days", "int", 30, "quiet for so many days"),
        ("share", "float", 0.8, ""),
        ("mode", "Literal['fast', 'exact']", "fast", ""),
        ("since", "datetime.date | None", None, ""),
        ("words", "list[str]", ["春", "夏"], ""),
        ("loud", "bool", False, "say more"),
    ]


def test_typed_text_becomes_the_declared_type() -> None:
    typed = {"days": "45", "share": "0.5", "since": "2026-03-05", "words": '["秋"]', "loud": "true"}
    assert check("x", FIELDS, typed, text=True) == {
        "days": 45,
        "share": 0.5,
        "since": date(2026, 3, 5),
        "words": ["秋"],
        "loud": True,
    }


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("days", "many", "plugin 'x', setting 'days': 'many' does not fit: a whole number >= 1 is expected"),
        ("days", "0", "plugin 'x', setting 'days': '0' does not fit: a whole number >= 1 is expected"),
        ("mode", "slow", "plugin 'x', setting 'mode': 'slow' does not fit: one of fast, exact is expected"),
        ("since", "yesterday", "'yesterday' does not fit: a day, such as 2026-11-20, or null is expected"),
        ("words", "秋", "setting 'words': '秋' does not fit: a list, such as [\"a\"] is expected"),
        ("dayz", "3", "plugin 'x' has no setting 'dayz'; did you mean 'days'?"),
        ("zebra", "3", "plugin 'x' has no setting 'zebra'; it has: days, share, mode"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(key: str, value: str, reason: str) -> None:
    with pytest.raises(SettingError) as caught:
        check("x", FIELDS, {key: value}, text=True)
    assert reason in str(caught.value)


def test_a_kept_value_is_not_taken_for_text() -> None:
    with pytest.raises(SettingError, match="'45' does not fit: a whole number >= 1 is expected"):
        check("x", FIELDS, {"days": "45"})


def test_a_plugin_without_settings_says_so() -> None:
    with pytest.raises(SettingError, match="it has none at all"):
        check("x", [], {"days": 3})


def test_the_plugins_own_check_has_its_say() -> None:
    assert build("x", Settings, {"days": 3, "long_gone": 1}) == Settings(days=3)
    with pytest.raises(SettingError, match="plugin 'x', settings: share is at most 1"):
        build("x", Settings, {"share": 2.0})


def test_nearest() -> None:
    assert nearest("dasy", ["days", "share"]) == "days"
    assert nearest("zebra", ["days", "share"]) is None


def test_a_fact_and_its_plugin_share_one_list(manager) -> None:
    plugins = manager("good")
    assert plugins.settings_fields("good") == [
        SettingField("days", int, "int", 30, "quiet for so many days"),
        SettingField("power", int, "int", 2),
    ]


def test_what_the_shop_keeps_is_plain_json(manager) -> None:
    plugins = manager("good")
    assert plugins.check_settings("good", {"days": "12", "power": "3"}, text=True) == {"days": 12, "power": 3}
    with pytest.raises(CrmError, match="has no setting 'powr'; did you mean 'power'"):
        plugins.check_settings("good", {"powr": "3"}, text=True)
    with pytest.raises(NotFoundError, match="there is no plugin 'godo'; did you mean 'good'"):
        plugins.check_settings("godo", {"days": 3})


def test_a_shop_value_that_does_not_fit_stops_that_plugin(manager) -> None:
    plugins = manager("good", "lapsed_one", settings={"good": {"days": "soon"}})
    states = {one.name: (one.state, one.error) for one in plugins.plugins()}
    reason = "'soon' does not fit: a whole number is expected"
    assert states["good"] == ("failed", f"plugin 'good', setting 'days': {reason}")
    assert states["lapsed_one"] == ("on", "")


def test_a_plugin_that_a_wrong_setting_stops_can_be_mended(manager) -> None:
    plugins = manager("good", settings={"good": {"days": "soon"}})
    assert [one.name for one in plugins.settings_fields("good")] == ["days"]
    assert plugins.check_settings("good", {"days": "12"}, text=True) == {"days": 12}
    with pytest.raises(NotFoundError, match="could not be loaded: plugin 'good', setting 'days'"):
        plugins.require("good")


def test_a_setting_that_an_update_took_away_harms_nothing(manager) -> None:
    plugins = manager("good", settings={"good": {"days": 3, "former": 1}})
    [rule] = plugins.segment_rules()
    assert rule.rule.tree.value == 3


def test_a_facts_setting_that_does_not_fit_leaves_its_default(manager) -> None:
    plugins = manager("good", settings={"good": {"power": "much"}})
    [fact] = plugins.facts()
    assert plugins.fact_settings("good", fact) == {"power": 2}
    assert [(one.plugin, one.what) for one in plugins.failures] == [("good", "setting power")]
    assert isinstance(plugins.failures[0], PluginFailure)


def test_what_a_form_calls_a_setting() -> None:
    @dataclass(frozen=True)
    class Two:
        days: Annotated[int, Title("静默天数", "Days of quiet"), {"zh": "多少天没来", "en": "days away"}] = 60
        kg_a_day: float = 0.2

    days, kg = fields_of_class(Two)
    assert (days.label, days.doc, days.type) == ("Days of quiet", "days away", int)
    assert kg.label == "Kg a day"
    with speaking("zh"):
        assert days.label == "静默天数"


def test_every_setting_and_parameter_that_ships_has_a_title_in_both_languages() -> None:
    plugins = PluginManager.load(PluginConfig(enabled=frozenset(entry_points(group="crmcore").names)))
    declared = [
        one for info in plugins.plugins() if info.state == ON for one in plugins.settings_fields(info.name)
    ]
    declared += [one for _plugin, action in plugins.actions().values for one in parameter_fields(action)]
    for _plugin, report in plugins.reports().values:
        declared += fields_of_class(report.parameters) if report.parameters else []
    nameless = {one.name for one in declared if not (one.title.zh and one.title.en)}
    assert nameless == set()
    assert max(width(text) for one in declared for text in (one.title.zh, one.title.en)) <= 24
