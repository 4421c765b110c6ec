"""The area of plugins: switched, set up, asked to do something; what went wrong in one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot

from crmcore.config import FOLDERS, write_shop_file
from crmcore.shop import Shop
from crmcore.tui.app import CrmApp
from crmcore.tui.widgets.form import Form
from crmcore.tui.widgets.virtual_table import VirtualTable
from tests.conftest import SETTINGS
from tests.tui.seeing import running, text_of, until, until_shown, until_shown_below

THANKS = '''"""Says thank you."""
from dataclasses import dataclass
from typing import Annotated
from crmcore import Action, hookimpl

@dataclass(frozen=True)
class Settings:
    often: Annotated[int, "how many times"] = 2

    def __post_init__(self):
        if self.often > 9:
            raise ValueError("not so often")

@dataclass
class Asked:
    name: str

def thank(shop, asked):
    """Say thank you to somebody."""
    return {"said": f"thank you {asked.name}"}

@hookimpl
def crm_actions(settings):
    return [Action("thank", thank, zh="感谢", en="Thank her", parameters=Asked)]
'''


@pytest.fixture
def shop(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop with two plugins of its own, one of which cannot be loaded; no others."""
    monkeypatch.setenv("CRM_PLUGINS", "thanks,broken")
    folder = tmp_path / "shop"
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    shutil.copyfile(sqlite_template, folder / "shop.db")
    write_shop_file(folder, "shop.db", SETTINGS)
    (folder / "plugins" / "thanks.py").write_text(THANKS, "utf-8")
    (folder / "plugins" / "broken.py").write_text("import nothing_there\n", "utf-8")
    return folder


def play(shop: Path, steps: Callable[[Pilot[None]], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        async with running(shop) as pilot:
            await pilot.press("f9")
            await until_shown(pilot, "thanks")
            await steps(pilot)

    asyncio.run(run())


async def choose(pilot: Pilot[None], name: str) -> None:
    """Put the cursor on the plugin."""
    table = pilot.app.screen.query_one(VirtualTable)
    table.cursor = table.source.place_of(name) or 0
    await pilot.pause()


def test_a_plugin_is_switched_off_and_on(shop: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await choose(pilot, "thanks")
        assert "Says thank you." in await until_shown(pilot, "Thank her")
        await pilot.press("space")
        await until_shown(pilot, "thanks is off.")
        await until(pilot, lambda: not pilot.app.plugin_commands)  # type: ignore[attr-defined]
        with Shop.open(shop) as other:
            assert other.plugins.info("thanks").state == "off"
        await pilot.press("space")
        await until_shown(pilot, "thanks is on.")

    play(shop, steps)


def test_who_switches_off_what_is_used_is_asked_and_can_take_it_back(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse")
    with Shop.open(sqlite_url) as opened:
        away = [{"name": f"away_{number}", "where": {"segment": "lapsed_90"}} for number in range(10)]
        away[0]["title"] = {"zh": "走了", "en": "Gone away"}
        opened.documents.table("segments").insert_multiple(away)

    async def steps() -> None:
        async with running(sqlite_url) as pilot:
            await pilot.press("f9")
            await until_shown(pilot, "lapse")
            await choose(pilot, "lapse")
            await pilot.press("space")
            shown = await until_shown(pilot, "without plugin lapse this would not work any more:")
            assert "segments: Gone away" in shown
            assert "segments: away_7, and 2 more" in shown
            assert "Switch off (y)" in shown
            await pilot.press("escape")
            await pilot.pause()
            with Shop.open(sqlite_url) as other:
                assert other.plugins.info("lapse").state == "on"
            await pilot.press("space")
            await until_shown(pilot, "without plugin lapse")
            await pilot.press("y")
            await until_shown(pilot, "lapse is off.")
            await pilot.press("ctrl+z")
            await until_shown(pilot, "taken back: plugin lapse: switched off")
            with Shop.open(sqlite_url) as other:
                assert other.plugins.info("lapse").state == "on"

    asyncio.run(steps())


def test_settings_are_checked_where_they_stand_and_by_the_plugin(shop: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await choose(pilot, "thanks")
        await pilot.press("s")
        await until_shown(pilot, "how many times")
        form = pilot.app.screen.query_one(Form)
        for wrong, told in (("many", "not a whole number"), ("10", "not so often")):
            form.set_value("often", wrong)
            await pilot.press("ctrl+s")
            await until_shown(pilot, told)
        form.set_value("often", "3")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "Kept;")

    play(shop, steps)
    with Shop.open(shop) as kept:
        assert kept.plugin_config.settings == {"thanks": {"often": 3}}


def test_what_a_plugin_offers_is_done_and_its_result_shown(shop: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        (title, sentence, _act) = pilot.app.plugin_commands[0]  # type: ignore[attr-defined]
        assert (title, sentence) == ("Thank her", "Say thank you to somebody.")
        await choose(pilot, "thanks")
        await pilot.press("a")
        await until_shown(pilot, "thanks: Thank her")
        pilot.app.screen.query_one(Form).set_value("name", "Ann")
        await pilot.press("ctrl+s")
        await until_shown(pilot, "said: thank you Ann")
        await pilot.press("escape")
        await pilot.pause()
        assert "said:" not in text_of(pilot.app)  # type: ignore[arg-type]

    play(shop, steps)


def test_what_went_wrong_stands_with_its_traceback(shop: Path) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await choose(pilot, "broken")
        assert "failed" in await until_shown(pilot, "nothing_there")
        await pilot.press("f")
        shown = await until_shown_below(pilot, "Failures of broken")
        shown = await until_shown(pilot, "Traceback (most recent call last)")
        assert "ModuleNotFoundError" in shown

    play(shop, steps)


def test_a_plugin_that_another_process_switched_is_noticed_and_taken_over(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PLUGINS", "lapse,purchase_frequency")

    async def story() -> None:
        async with running(sqlite_url) as pilot:
            app = cast(CrmApp, pilot.app)
            await pilot.press("f6")
            await until_shown(pilot, "Active (ordered within 90 days)")
            with Shop.open(sqlite_url) as elsewhere:
                elsewhere.switch_plugin("lapse", on=False)
            for _ in range(2):  # what is found once may be this process's own doing
                app.look_elsewhere()
                await until(pilot, lambda: all(one.is_finished for one in app.workers))
            await until_shown(pilot, "Plugins were changed elsewhere: lapse is off.")
            await until(pilot, lambda: "Active (ordered" not in text_of(app))
            assert app.shop.plugins_elsewhere() is None

    asyncio.run(story())
