"""Tiles and presets: kept in the playbook, worked out together, refused with the reason where they are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crmcore.analytics.tiles import Tile
from crmcore.errors import NotFoundError, UsageError
from crmcore.hooks.settings import SettingError
from crmcore.shop import Shop
from tests.analytics.test_live import bring, line

PAID = Tile("sales", {"by": "month", "start": "2026-01-01", "end": "2026-03-31"}, "sales", "paid")


def test_the_first_dashboard_shows_figures_without_being_asked(shop: Shop) -> None:
    with shop.dashboards.open() as board:
        found = board.refresh(40)
    assert len(found) >= 6
    assert not any(one.problem for one in found)
    assert shop.dashboards.names() == ["home"]


def test_a_chosen_tile_is_refreshed_after_one_new_order(shop: Shop, tmp_path: Path) -> None:
    shop.dashboards.add("mine", PAID)
    shop.dashboards.add("mine", Tile("sales", PAID.typed, "sales", "", "chart"))
    assert shop.dashboards.get("mine") == [PAID, Tile("sales", PAID.typed, "sales", "", "chart")]
    with shop.dashboards.open("mine") as board:
        figure, chart = board.refresh(40)
        assert (figure.figure, figure.lines[0]) == ("80.00", "2026-03-01, before 359.90")
        assert len(chart.lines) == 2
        bring(shop, tmp_path, line("A7", "li"))
        assert board.refresh(40)[0].figure == "380.00"
    paid = replace(PAID, typed={"by": "month"})
    shop.dashboards.save("then", [paid])
    with shop.dashboards.open("then", date(2026, 2, 3)) as board:
        assert (board.refresh(40)[0].figure, board.refresh(40)[0].lines[0][:10]) == ("300.00", "2026-02-01")
        bring(shop, tmp_path, line("A8", "li", placed_at="2026-02-02 10:00:00", paid_at="2026-02-02 10:00:00"),
              line("A9", "li"))  # fmt: skip
        assert board.refresh(40)[0].figure == "600.00"  # what had happened by then, as known now
    shop.dashboards.take_off("mine", 1)
    assert [one.what for one in shop.dashboards.get("mine")] == ["chart"]
    shop.dashboards.remove("mine")
    with pytest.raises(NotFoundError, match="home"):
        shop.dashboards.get("hom")


def test_every_choice_that_a_report_offers_is_a_tile(shop: Shop) -> None:
    offered = shop.dashboards.choices("sales", dict(PAID.typed))
    assert PAID in offered
    assert {one.what for one in offered} == {"figure", "rows", "chart"}
    shop.dashboards.save("all", offered)
    with shop.dashboards.open("all") as board:
        assert [one.problem for one in board.refresh(60)] == [""] * len(offered)


def test_tiles_that_show_nothing_are_refused_and_old_ones_say_why(shop: Shop) -> None:
    for tile, said in (
        (Tile("sales", {}, "sales", "payed"), "payed"),
        (Tile("sales", {}, "sails", "paid"), "sails"),
    ):
        with pytest.raises(UsageError, match=said):
            shop.dashboards.add("mine", tile)
    with pytest.raises(NotFoundError, match="sales"):
        shop.dashboards.save("mine", [Tile("sails")])
    with pytest.raises(SettingError, match="by"):
        shop.dashboards.save("mine", [Tile("sales", {"bye": "day"})])
    assert shop.dashboards.names() == ["home"]
    # What a pack brings may fit no more, or never have been a tile.
    bodies = [{"report": "gone"}, PAID.body(), {"report": 1}, {"report": "sales", "what": "video"}, "x"]
    shop.playbook.save("dashboards", "packed", {"tiles": bodies})
    with shop.dashboards.open("packed") as board:
        gone, paid = board.refresh(40)
    assert "no report 'gone'" in gone.problem
    assert paid.figure == "80.00"


def test_a_preset_is_a_report_with_its_parameters(shop: Shop) -> None:
    shop.reports.keep_preset("双十一", "sales", {"by": "day", "start": "2026-02-01", "end": "2026-02-28"})
    shop.playbook.save("presets", "odd", {"report": ["sales"]})
    assert [(one.name, one.report) for one in shop.reports.presets()] == [("双十一", "sales")]
    found = shop.reports.run("双十一", {"start": "2026-02-03"})
    assert (found.report.name, len(found.findings.tables[0].rows)) == ("sales", 26)
    for name, report, typed, error in (
        ("sales", "sales", {}, UsageError),
        ("two words", "sales", {}, UsageError),
        ("x", "sails", {}, NotFoundError),
        ("x", "sales", {"by": "fortnight"}, SettingError),
    ):
        with pytest.raises(error):
            shop.reports.keep_preset(name, report, typed)
    with pytest.raises(NotFoundError, match="双十一"):
        shop.reports.run("双十")
    shop.reports.forget_preset("双十一")
    assert shop.reports.presets() == []
