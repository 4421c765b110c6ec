"""One test a hook, through a plugin file; the last test sees to it that none is forgotten."""

from __future__ import annotations

from crmcore import (
    Action,
    Advice,
    Channel,
    Fact,
    InteractionKind,
    Panel,
    Report,
    Screen,
    SegmentRule,
    SegmentWatcher,
    TableImporter,
    Tile,
)
from crmcore.hooks.contributions import HOOKS


def test_crm_importers(manager) -> None:
    [importer] = manager("good").importers()
    assert isinstance(importer, TableImporter)
    assert (importer.name, importer.platform) == ("good", "good")


def test_crm_segment_rules(manager) -> None:
    plugins = manager("good", settings={"good": {"days": 45}})
    [fact], [rule] = plugins.facts(), plugins.segment_rules()
    assert isinstance(fact, Fact)
    assert isinstance(rule, SegmentRule)
    assert (fact.name, rule.name, rule.zh) == ("id_squared", "quiet", "安静")
    assert rule.rule.tree.value == 45  # the shop's own setting reached the rule
    assert list(plugins.folds()) == []


def test_crm_interaction_kinds(manager) -> None:
    [kind] = manager("good").interaction_kinds()
    assert isinstance(kind, InteractionKind)
    assert kind.name == "visit"


def test_crm_screens(manager) -> None:
    [screen] = manager("good").screens()
    assert isinstance(screen, Screen)
    assert (screen.name, screen.zh) == ("segments", "所有分群")


def test_crm_tiles(manager) -> None:
    [tile] = manager("good").tiles()
    assert isinstance(tile, Tile)


def test_crm_reports(manager) -> None:
    [report] = manager("good").reports()
    assert isinstance(report, Report)
    assert (report.name, report.needs) == ("order_count", ("orders",))


def test_crm_actions(manager) -> None:
    [action] = manager("good").actions()
    assert isinstance(action, Action)
    assert action.name == "count"


def test_crm_advice(manager) -> None:
    assert [one.name for one in manager("advising").advice() if isinstance(one, Advice)] == [
        "greet",
        "nothing",
    ]


def test_crm_panels(manager) -> None:
    assert [one.en for one in manager("advising").panels() if isinstance(one, Panel)] == ["Shelf", ""]


def test_crm_channels(manager) -> None:
    board, letters = manager("channels").channels()
    assert isinstance(board, Channel)
    assert (board.name, board.manual, letters.manual) == ("board", False, True)


def test_crm_campaign_kinds(manager) -> None:
    [kind] = manager("good").campaign_kinds()
    assert (kind.name, kind.body["segment"], kind.ask) == ("thank_all", "good_one", ("channels",))


def test_crm_segment_watchers(manager) -> None:
    [watcher] = manager("advising").segment_watchers()
    assert isinstance(watcher, SegmentWatcher)
    assert (watcher.name, watcher.segments) == ("seen", ("quiet",))


def test_every_hook_has_a_test() -> None:
    assert {name.removeprefix("test_") for name in globals() if name.startswith("test_crm_")} == set(HOOKS)
