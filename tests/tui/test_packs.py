"""Config packs in the terminal: looked at, answered, installed, upgraded with mine and theirs, removed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot

from crmcore.desk import pack_view, segment_edit
from crmcore.errors import CrmError
from crmcore.packs.pack import load_pack
from crmcore.people import Changes, People
from crmcore.shop import Shop
from crmcore.tui.screens.packs import PacksScreen
from crmcore.tui.widgets.form import Form
from crmcore.tui.widgets.text_line import TextLine
from crmcore.tui.widgets.virtual_table import VirtualTable
from tests.packs.conftest import MANIFEST, write_pack
from tests.tui.seeing import running, until, until_shown, until_shown_below

INPUTS = "inputs:\n  many: {title: {zh: 几单, en: How many orders}, default: 5}\n"
BIG = 'big:\n  title: {zh: 大客户, en: Big}\n  where: {orders: {gte: "${many}"}}\n'
MINE = "name: big\ntitle: {en: Mine}\nwhere: {orders: {gte: 3}}\n"


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    return write_pack(tmp_path / "tea", pack=MANIFEST + INPUTS, segments=BIG)


def newer(tea: Path) -> None:
    """The pack's text changes under the shop's edit."""
    pack = (MANIFEST + INPUTS).replace("1.0.0", "1.1.0")
    write_pack(tea, pack=pack, segments=BIG.replace("Big", "Very big"))


async def opened(pilot: Pilot[None], tea: Path) -> None:
    await pilot.press("f9", "k")
    await until_shown(pilot, "can be installed")
    await pilot.press("f")
    await until_shown(pilot, "Where is the pack?")
    pilot.app.screen.query_one(TextLine).value = str(tea)
    await pilot.press("enter")
    await until_shown(pilot, "segments: Big")


def test_a_pack_is_looked_at_answered_installed_upgraded_and_removed(sqlite_url: str, tea: Path) -> None:
    async def story() -> None:
        async with running(sqlite_url, size=(110, 34)) as pilot:
            await opened(pilot, tea)
            shown = await until_shown(pilot, "not installed")
            assert "? How many orders: 5" in shown
            await pilot.press("enter")
            await until_shown(pilot, "gte: 5")
            await pilot.press("escape", "a")
            await until_shown(pilot, "What the pack asks")
            form = pilot.app.screen.query_one(Form)
            form.set_value("many", "some")
            await pilot.press("ctrl+s")
            await until_shown(pilot, "is not of the kind of 5")
            form.set_value("many", "7")
            await pilot.press("ctrl+s")
            await until_shown(pilot, "? How many orders: 7")
            await pilot.press("c")
            await until_shown(pilot, "On the data of this shop")
            await pilot.press("escape", "i")
            await until_shown(pilot, "Installed tea 1.0.0.")
            await until_shown(pilot, "(installed)")
            with Shop.open(sqlite_url) as shop:
                assert shop.playbook.get("segments", "big")
                segment_edit.keep(shop, MINE)
            newer(tea)
            pilot.app.screen.refresh_content()  # type: ignore[attr-defined]
            await until_shown(pilot, "you edited what changes")
            await until_shown(pilot, "1.0.0 → 1.1.0")
            await pilot.press("i")
            await until_shown(pilot, "mine")
            await pilot.press("enter")
            shown = await until_shown(pilot, "the pack")
            await until_shown(pilot, "Very big")
            await pilot.press("escape", "m", "i")
            await until_shown(pilot, "Upgraded tea from 1.0.0 to 1.1.0.")
            await pilot.press("delete")
            await until_shown(pilot, "what you wrote stays")
            await pilot.press("y")
            await until(pilot, lambda: "Packs" in type(pilot.app.screen).__name__)
            assert pilot.app.screen.query_one(VirtualTable).source.count

    asyncio.run(story())
    with Shop.open(sqlite_url) as shop:
        assert not shop.packs.all()
        assert "Mine" in shop.segments.as_yaml("big")


def test_a_pack_is_made_the_playbook_is_exported_and_what_is_installed_is_verified(
    sqlite_url: str, tea: Path, tmp_path: Path
) -> None:
    with Shop.open(sqlite_url) as shop:
        pack_view.install(shop, str(tea), {}, {})
        segment_edit.keep(shop, MINE)
        People(shop).add(Changes({"name": "Margaret Thatcher"}))
        told = {"title": {"zh": "贵宾", "en": "Margaret Thatcher"}}
        shop.playbook.save("tags", "vip", told)

    async def story() -> None:
        async with running(sqlite_url, size=(110, 34)) as pilot:
            await pilot.press("f9", "k")
            await until_shown(pilot, "can be installed")
            await pilot.press("v")
            await until_shown(pilot, "as it was installed, and as its source says")
            await pilot.press("escape", "x")
            await until_shown(pilot, "What the shop has learned, as a pack")
            form = pilot.app.screen.query_one(Form)
            form.set_value("name", "ours")
            form.set_value("place", str(tmp_path / "ours"))
            await pilot.press("ctrl+s")
            await until_shown(pilot, "is the name of a customer")
            assert not (tmp_path / "ours").exists()
            await pilot.press("escape")
            form.set_value("items", "segments")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: isinstance(pilot.app.screen, PacksScreen))
            assert (tmp_path / "ours").exists()
            await pilot.press("n")
            await until_shown(pilot, "A new pack")
            form = pilot.app.screen.query_one(Form)
            form.set_value("name", "Not one")
            await pilot.press("ctrl+s")
            await until_shown(pilot, "is no name: use small letters")
            form.set_value("name", "fresh")
            form.set_value("place", str(tmp_path / "fresh"))
            await pilot.press("ctrl+s")
            await until_shown_below(pilot, "not installed")
            await until_shown(pilot, "segments: Quiet regulars")

    asyncio.run(story())
    assert list(load_pack(tmp_path / "ours").documents()["segments"]) == ["big"]


def test_a_choice_that_is_missing_changes_nothing(sqlite_url: str, tea: Path) -> None:
    with Shop.open(sqlite_url) as shop:
        pack_view.install(shop, str(tea), {}, {})
        segment_edit.keep(shop, MINE)
        newer(tea)
        with pytest.raises(CrmError):
            pack_view.install(shop, str(tea), {}, {})
        assert shop.packs.all()[0].version == "1.0.0"
        [piece] = pack_view.look(shop, str(tea), {}).pieces
        assert piece.conflict
        rows = pack_view.beside(shop, str(tea), {}, piece.key)
        assert any(sign == "│" for _left, sign, _right in rows)
        assert "Upgraded" in pack_view.install(shop, str(tea), {}, {piece.key: "theirs"})
        assert "Very big" in shop.segments.as_yaml("big")


def test_what_is_no_pack_is_said_where_it_is_asked_for(sqlite_url: str, tmp_path: Path) -> None:
    write_pack(tmp_path / "odd", pack="name: [1]\n")
    with Shop.open(sqlite_url) as shop:
        for named in (str(tmp_path / "odd"), str(tmp_path / "nowhere")):
            with pytest.raises(CrmError):
                pack_view.look(shop, named, {})
