"""First run: a demo, a shop from files, or another shop; later the way to another one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from crmcore import config, wide
from crmcore.background.process import Stopped
from crmcore.desk import starting
from crmcore.desk.importing_paths import path_in
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined, language, mark, sentences
from crmcore.tui.commands import Command, Host
from crmcore.tui.dialogs import Ask, Confirm
from crmcore.tui.screens.imports import ImportsScreen
from crmcore.tui.screens.welcome_new import NewShopScreen
from crmcore.tui.screens.welcome_trades import TradesScreen
from crmcore.tui.widgets.bars import CommandBar
from crmcore.tui.widgets.work_bar import WorkBar

if TYPE_CHECKING:
    from crmcore.shop import Shop
    from crmcore.tui.app import CrmApp


class SeeDemo(Command):
    """Look at the demo."""

    key = "1"
    title = mark("Look at the demo")
    explanation = mark("A made-up cosmetics shop full of customers, orders and complaints, to try out")
    in_bar = False


class MakeShop(Command):
    """Make a shop."""

    key = "2"
    title = mark("Make a shop from my order files")
    explanation = mark("Exports of Taobao, Tmall or Shopify, or any table; the files stay as they are")
    in_bar = False


class OpenNamed(Command):
    """Open a shop."""

    key = "3"
    title = mark("Open a shop")
    explanation = mark("A folder on this computer, or the address of a database that colleagues share")
    in_bar = False


class OpenLast(Command):
    """Open the last shop."""

    key = "4"
    title = mark("Open the last one")
    explanation = mark("The shop that was opened last on this computer")
    in_bar = False


class OtherLanguage(Command):
    """Switch the language."""

    key = "l"
    title = mark("中文 / English")
    explanation = mark("Switch the language")


class StopDemo(Command):
    """Stop making the demo."""

    key = "x"
    title = mark("Stop")
    explanation = mark("Stop making the demo")


class BackToShop(Command):
    """Back to the open shop."""

    key = "escape"
    title = mark("Back")
    explanation = mark("Back to the shop that is open")


_WAYS: tuple[type[Command], ...] = (SeeDemo, MakeShop, OpenNamed, OpenLast)


class WelcomeScreen(Host, Screen[Any]):
    """The ways to a shop. It is a mode of its own, so that it can be left for the open shop again."""

    HELP_TEXT = mark("Try the demo, make a shop of your own from exported files, or open one that is there.")
    ACTS = (*_WAYS, OtherLanguage, StopDemo, BackToShop)
    DEFAULT_CSS = """
    WelcomeScreen {
        & #welcome { width: 74; max-width: 100%; height: 1fr; padding: 1 2; }
        & #hello { padding-bottom: 1; }
        & OptionList, & OptionList:focus { height: auto; border: none; background: $background; padding: 0; }
        & #about { padding-top: 1; color: $text-muted; }
        & WorkBar { dock: bottom; margin-bottom: 1; }
    }
    """
    AUTO_FOCUS = "OptionList"

    @property
    def crm(self) -> CrmApp:
        """The application."""
        return cast("CrmApp", self.app)

    def compose(self) -> ComposeResult:
        """The ways, each with a sentence."""
        with Vertical(id="welcome"):
            yield Static(Text(_("Who is this? crm knows your old customers."), style="bold"), id="hello")
            yield OptionList(*(Option(_way(one), id=one.name()) for one in _WAYS if self.allows(one)))
            yield Static(id="about")
        yield WorkBar()
        yield CommandBar()

    def on_screen_resume(self) -> None:
        """The last shop may be another one by now."""
        last = config.last_opened()
        text = _("Last opened: {shop}").format(shop=wide.clean(last)) if last else ""
        self.query_one("#about", Static).update(Text(text))

    def allows(self, command: type[Command]) -> bool:
        """One thing at a time; a browser's session has the one shop that it was started for."""
        if not self.is_mounted and not self.is_running:
            return False
        working = any(bar.working for bar in self.query(WorkBar))
        if command is StopDemo:
            return working
        if command is BackToShop:
            return self.crm.is_open and not working
        if self.app.is_web or working:
            return False
        return config.last_opened() is not None if command is OpenLast else True

    @on(OptionList.OptionSelected)
    def chosen(self, event: OptionList.OptionSelected) -> None:
        """Enter or a click is what the key is."""
        self.action_say(str(event.option_id))

    def show_commands(self) -> None:
        """Draw the command bar anew."""
        self.query_one(CommandBar).show_commands()

    def _ask(self, work: Callable[[], Any]) -> None:
        self.run_worker(work, group="ask", exclusive=True, exit_on_error=False)

    # --- the demo -------------------------------------------------------------------------------------------

    @on(SeeDemo)
    def see_demo(self) -> None:
        """Make the demo, or open the one that is there."""
        self._ask(self._see_demo)

    async def _see_demo(self) -> None:
        from crmcore.demo import making

        folder = making.default_folder()
        state = making.state_of(folder)
        age = state.age(making.current_day()) if state is not None and state.done else 0
        refresh = False
        if age > 0:
            question = _("The demo in {folder} is {days} days old.").format(folder=folder, days=age)
            question = sentences(question, _("Make it anew? What was written into it is lost."))
            refresh = await self.crm.push_screen_wait(
                Confirm(question, _("Make it anew"), _("Open as it is"))
            )
        if state is not None and state.done and not refresh:
            self._open(str(folder))
            return
        asked = {"folder": str(folder), "refresh": refresh}
        self.query_one(WorkBar).begin("demo", asked, what=_("making the demo"), with_shop=False)
        self.show_commands()

    @on(StopDemo)
    def stop_demo(self) -> None:
        """Stop it; the next try makes it again."""
        self.query_one(WorkBar).stop()

    @on(WorkBar.Ended)
    def made(self, event: WorkBar.Ended) -> None:
        """The demo is there."""
        self._open(event.value)

    @on(WorkBar.Failed)
    def not_made(self, event: WorkBar.Failed) -> None:
        """It is not."""
        if not isinstance(event.error, Stopped):
            self.crm.complain(event.error)
        self.show_commands()

    # --- other shops ----------------------------------------------------------------------------------------

    @on(MakeShop)
    def make_shop(self) -> None:
        """Ask for what a shop needs, make it, go on to its files."""
        self._ask(self._make_shop)

    async def _make_shop(self) -> None:
        made = await self.crm.push_screen_wait(NewShopScreen())
        if made is None:
            return
        trades = await self.crm.push_screen_wait(TradesScreen(starting.trades()))
        packs = await asyncio.to_thread(starting.packs_for, trades)
        if packs:
            words = sentences(
                _("Install what fits, {names}, too?").format(names=joined(packs.values())),
                _("It brings segments, texts and plans; nothing is sent by itself."),
            )
            if not await self.crm.push_screen_wait(Confirm(words, _("Install"), _("Without"))):
                packs = {}
        if trades:
            self.crm.notify(_("The shop is set up; this takes some seconds."))
        wrong: list[str] = []

        def afterwards(screen: Screen[Any]) -> None:
            for words in wrong:
                self.crm.notify(words, severity="warning")
            _pick_files(screen)

        def opened() -> Shop:
            shop = _opened(made)
            wrong.extend(starting.set_up(shop, trades, list(packs)))
            return shop

        self.crm.open(opened, "imports", afterwards)

    @on(OpenLast)
    def open_last(self) -> None:
        """Open the last one."""
        if last := config.last_opened():
            self._open(last)

    @on(OpenNamed)
    def open_named(self) -> None:
        """Ask which."""
        self._ask(self._open_named)

    async def _open_named(self) -> None:
        question = _("Which shop? Its folder, or the address of its database.")
        hint = _("Such as ~/crm-shop, or postgresql://name@computer/shop")
        typed: str | None = config.last_opened() or ""
        while True:
            typed = await self.crm.push_screen_wait(Ask(question, typed or "", hint))
            if not typed or not typed.strip():
                return
            named = typed.strip() if config.is_url(typed.strip()) else str(path_in(typed))
            try:
                config.locate(named)
            except CrmError as error:  # what was typed is mended, not typed again
                hint = f"! {error}"
                continue
            self._open(named)
            return

    def _open(self, named: str) -> None:
        self.crm.open(partial(_opened, named))

    # --- around ---------------------------------------------------------------------------------------------

    @on(OtherLanguage)
    async def other_language(self) -> None:
        """Speak the other one, at once."""
        self.crm.speak("en" if language() == "zh" else "zh")
        await self.recompose()
        self.on_screen_resume()
        self.query_one(OptionList).focus()

    @on(BackToShop)
    async def back(self) -> None:
        """Back to the shop."""
        await self.app.switch_mode("who")


def _way(command: type[Command]) -> Text:
    title = Text.assemble((f" {command.shown_key()}  ", "bold"), (command.words(), "bold"))
    lines = [f"    {line}" for line in wide.wrap(command.sentence(), 62)]
    return Text("\n").join([title, *map(Text, lines), Text("")])


def _opened(named: str) -> Shop:
    from crmcore.shop import Shop

    shop = Shop.open(Path(named).expanduser() if not config.is_url(named) else named)
    config.remember_opened(shop.place)
    return shop


def _pick_files(screen: Screen[Any]) -> None:
    if isinstance(screen, ImportsScreen):
        screen.import_files()
