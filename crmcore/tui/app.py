"""`CrmApp`: the application around the areas: the open shop, keys that work everywhere, toasts, themes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import App, SystemCommand
from textual.screen import Screen

from crmcore import config, wide
from crmcore.errors import CrmError
from crmcore.faults import keep_trace
from crmcore.i18n import gettext as _
from crmcore.i18n import language, mark, switch_language
from crmcore.tui import hangup
from crmcore.tui.areas import AREAS, AreaEntry
from crmcore.tui.bringing_up import BringingUp
from crmcore.tui.commands import Command, Host
from crmcore.tui.palette import CommandsByName
from crmcore.tui.preferences import keep_theme
from crmcore.tui.themes import HIGH_CONTRAST, THEMES, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.desk.pages import PluginScreen
    from crmcore.desk.plugin_view import PluginAction
    from crmcore.shop import Shop
    from crmcore.tui.elsewhere import Elsewhere
    from crmcore.tui.memory import Leftovers

OpenShop = Callable[[], "Shop"]
Afterwards = Callable[[Screen[Any]], None]
# Title, sentence, and what to do: see `tui.palette`.
PluginCommand = tuple[str, str, Callable[[], Any]]


# Seconds within which the first frame is painted. Textual calls back "after refresh" while it still holds its
# start's paints back, so that is too early; and its paints come at most 1/60 s after they may.
_FIRST_PAINT = 0.03
# Seconds until the shop is open and the first card drawn, many times over.
_START_UP = 3.0


class Help(Command):
    """Keys and explanations of the screen that is shown."""

    key = "f1,question_mark"
    title = mark("Help")
    explanation = mark("Every key of this screen, and what it is for")


class Palette(Command):
    """Look a command up by its name."""

    key = "ctrl+p"
    title = mark("Commands")
    explanation = mark("Find a command by its name")
    works_while_typing = True


class ChangeTheme(Command):
    """The next theme."""

    title = mark("Change the colours")
    explanation = mark("Light, dark, high contrast")
    in_bar = False


class OpenAnother(Command):
    """Another shop."""

    title = mark("Open another shop")
    explanation = mark("The demo, a new shop from order files, or another one; switch the language")
    in_bar = False


class UndoLast(Command):
    """Take back the last act of this session."""

    key = "ctrl+z"
    title = mark("Undo")
    explanation = mark("Take back what you did last")
    in_bar = False


class Quit(Command):
    """Leave."""

    key = "ctrl+q"
    title = mark("Quit")
    explanation = mark("Leave crm")
    works_while_typing = True
    in_bar = False


class CrmApp(Host, App[None]):
    """The terminal UI of one shop.

    `open_shop` is called in a thread after the first frame; it raises `CrmError` where there is none. Without
    it the first screen is the one that offers a demo, a shop from files, or another shop. `follow_language`:
    speak the language of the shop that is opened. `started` is called when start-up is surely over.
    """

    CSS_PATH = "look.tcss"
    TITLE = "crm"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "f24"  # ours is a command like any other
    ACTS = (Help, Palette, UndoLast, ChangeTheme, OpenAnother, Quit)

    def __init__(
        self,
        open_shop: OpenShop | None,
        *,
        theme: str | None = None,
        follow_language: bool = False,
        started: Callable[[], None] | None = None,
        news: str = "",
    ) -> None:
        super().__init__()
        self._news = news  # told once the first shop is open
        self._started = started
        self.areas: tuple[AreaEntry, ...] = AREAS
        self._open_shop = open_shop
        self._shop: Shop | None = None
        self.opened = asyncio.Event()
        self.at_work: set[object] = set()  # the widgets whose work goes on
        self._bringing_up = BringingUp(self)
        self._asked_theme = theme
        self._follow_language = follow_language
        self.plugin_commands: Sequence[PluginCommand] = ()
        self._elsewhere: Elsewhere | None = None  # who watches plugins, once a shop is open
        self.add_mode("welcome", partial(self._styled, _welcome))
        self.add_mode("opening", partial(self._styled, _opening_screen))
        for area in self.areas:
            self.add_mode(area.name, partial(self._styled, area.make))
            self.bind(area.key, f"go('{area.name}')", description=area.words, show=False)

    def _styled(self, make: Callable[[], Screen[Any]]) -> Screen[Any]:
        """A new screen, marked as styled for the theme in force, as it will be when it is mounted.

        Textual takes the first screen of a mode for one that has missed a change of the theme, and parses all
        style sheets anew, twice: 50 to 140 ms of CPU for each area that is opened, a quarter of it. The count
        is private, but there is no other door: a `refresh_css` of our own could not tell such a screen from
        one that did miss a change. Where Textual no longer counts those changes, this does nothing.
        """
        screen = make()
        screen._css_update_count = getattr(self, "_css_update_count", 0)
        return screen

    # --- the shop -----------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the shop is open by now."""
        return self._shop is not None

    @property
    def brought_up(self) -> str:
        """How far what a shop needs before it opens has got, for the bar of commands; "" when nothing is."""
        return self._bringing_up.how_far

    @property
    def shop(self) -> Shop:
        """The open shop."""
        assert self._shop is not None, "asked for the shop before it was open"
        return self._shop

    async def on_mount(self) -> None:
        """First a frame, then the shop."""
        self.register_theme(HIGH_CONTRAST)
        self.theme = self._asked_theme if self._asked_theme in THEMES else THEMES[0]
        if not self.is_headless:
            self.set_interval(hangup.SECONDS, self._leave_a_lost_terminal)
        if self._open_shop is None:
            self.welcome()
            return
        self.switch_mode("opening")

    def on_ready(self) -> None:
        """Open the shop once the first frame is painted: importing what it takes holds that up by half."""
        if self._started is not None:
            self.set_timer(_START_UP, self._started)
        if self._open_shop is not None:
            self.set_timer(_FIRST_PAINT, partial(self._begin_opening, self._open_shop))

    def _leave_a_lost_terminal(self) -> None:
        if hangup.is_gone():
            self.exit()

    def welcome(self) -> None:
        """The screen for those who have no shop yet, or want another one."""
        self.switch_mode("welcome")

    def open(self, open_shop: OpenShop, then: str = "who", afterwards: Afterwards | None = None) -> None:
        """Open another shop, show an area, and do something there."""
        self._begin_opening(open_shop, then, afterwards)

    def speak(self, code: str) -> None:
        """Speak another language from now on."""
        switch_language(code)

    def _begin_opening(
        self, open_shop: OpenShop, then: str | None = None, afterwards: Afterwards | None = None
    ) -> None:
        work: Any = partial(self._opening, open_shop, then, afterwards)
        self.run_worker(work, group="opening", exclusive=True, exit_on_error=False)

    async def _opening(self, open_shop: OpenShop, then: str | None, afterwards: Afterwards | None) -> None:
        await self._begin_looking_up()
        try:
            shop = await self._bringing_up.opened(open_shop)
        except CrmError as error:
            self.welcome()
            self.call_after_refresh(self.complain, error)
            return
        except Exception as error:  # noqa: BLE001 - the face's edge: people get a line, the log the traceback
            self.welcome()
            self.call_after_refresh(self.own_fault, error)
            return
        before, self._shop = self._shop, shop
        self.opened.set()
        other_language = self._follow_language and shop.settings.language != language()
        if other_language:
            self.speak(shop.settings.language)
        if then is not None or other_language:
            await self._renew_areas(then or self.current_mode)
        if before is not None:
            before.close()
        if afterwards is not None:
            afterwards(self.screen)
        self.offer_plugin_actions()
        if self._news:
            self.notify(wide.clean(self._news), timeout=20, markup=False)
            self._news = ""
        for failure in shop.plugins.failures:
            self.notify(str(failure), severity="warning", markup=False)
        self.refresh_area()
        self._watch()

    def _watch(self) -> None:
        """From the first shop on: plugins that are switched elsewhere, memory to be handed back."""
        if self._elsewhere is None:
            from crmcore.tui import elsewhere, memory

            self._elsewhere = elsewhere.Elsewhere(self)
            self.set_interval(elsewhere.OFTEN, self.look_elsewhere)
            self.set_interval(memory.OFTEN, partial(self._hand_back, memory.Leftovers()))

    def _hand_back(self, leftovers: Leftovers) -> None:
        if leftovers.worth_it():
            work: Any = partial(asyncio.to_thread, leftovers.hand_back)
            self.run_worker(work, group="memory", exclusive=True, exit_on_error=False)

    def look_elsewhere(self) -> None:
        """See whether another process has switched plugins."""
        if self._elsewhere is not None:
            work: Any = self._elsewhere.look
            self.run_worker(work, group="elsewhere", exit_on_error=False)

    async def _begin_looking_up(self) -> None:
        """From the first frame's screen to the real one, with what was typed meanwhile."""
        if self.current_mode != "opening":
            return
        await asyncio.to_thread(import_module, "crmcore.tui.screens.who")
        from crmcore.tui.screens.opening import OpeningScreen
        from crmcore.tui.widgets.card_lookup import LookupLine

        first = self.screen
        if self.current_mode == "opening" and isinstance(first, OpeningScreen):
            await self.switch_mode("who")
            first.hand_on(self.screen.query_one(LookupLine))

    async def _renew_areas(self, then: str) -> None:
        """Make every area anew: what it shows is of another shop, or in another language."""
        await self.switch_mode("welcome")
        for area in self.areas:
            await self.remove_mode(area.name)
            self.add_mode(area.name, partial(self._styled, area.make))
        await self.switch_mode(then)

    def offer_plugin_actions(self) -> None:
        """Let the palette offer what the plugins of the shop can do."""
        work: Any = self._offer_plugin_actions
        self.run_worker(work, group="plugin-actions", exclusive=True, exit_on_error=False)

    async def _offer_plugin_actions(self) -> None:
        from crmcore.desk.pages import screens
        from crmcore.desk.plugin_view import actions

        found = await asyncio.to_thread(actions, self.shop)
        pages = await asyncio.to_thread(screens, self.shop)
        self.plugin_commands = [
            *((one.title, one.plugin, partial(self._show_plugin_screen, one)) for one in pages),
            *((one.title, one.sentence, partial(self._do_plugin_action, one)) for one in found),
        ]

    def _show_plugin_screen(self, screen: PluginScreen) -> None:
        from crmcore.tui.screens.plugin_page import PageScreen

        self.push_screen(PageScreen(screen))

    def _do_plugin_action(self, action: PluginAction) -> None:
        from crmcore.tui.screens.plugin_action import ActionScreen

        self.push_screen(ActionScreen(action))

    def refresh_area(self) -> None:
        """Load the area that is shown anew: records have changed."""
        from crmcore.tui.area import Area

        for screen in self.screen_stack:
            if isinstance(screen, Area) and self.is_open:
                screen.refresh_content()
                screen.show_commands()

    async def on_unmount(self) -> None:
        """Let go of the shop."""
        if self._shop is not None:
            self._shop.close()

    # --- commands that work everywhere ----------------------------------------------------------------------

    @property
    def has_areas(self) -> bool:
        """Whether there is a shop whose areas can be shown."""
        return self._open_shop is not None or self.is_open

    async def action_go(self, area: str) -> None:
        """Show an area."""
        if self.has_areas:
            await self.switch_mode(area)

    def show_customer(self, customer_id: int) -> None:
        """Show a customer's card, from wherever."""
        self.run_worker(self._show_customer(customer_id), group="show", exclusive=True)

    async def _show_customer(self, customer_id: int) -> None:
        from crmcore.tui.screens.who import WhoScreen

        await self.switch_mode("who")
        while len(self.screen_stack) > 1:  # a plugin's page, say, asked for from the palette over this area
            await self.pop_screen()
        if isinstance(self.screen, WhoScreen):
            self.screen.show_customer(customer_id)

    def allows(self, command: type[Command]) -> bool:
        """Undo needs a shop; a browser's session has the one shop that it was started for."""
        if command is OpenAnother:
            return not self.is_web and self.current_mode != "welcome"
        return self.is_open if command is UndoLast else True

    @on(Help)
    def help(self) -> None:
        """Show the help of the screen."""
        from crmcore.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    @on(Palette)
    def palette(self) -> None:
        """Show the palette."""
        from textual.command import CommandPalette

        if not CommandPalette.is_open(self):  # type: ignore[arg-type]  # it asks for App[object]
            self.push_screen(CommandPalette([CommandsByName], placeholder=_("Find a command…")))

    @on(ChangeTheme)
    def change_theme(self) -> None:
        """The next theme."""
        now = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.theme = THEMES[(now + 1) % len(THEMES)]
        if not self.is_web:  # there it is everybody's
            keep_theme(self.theme)
        self.notify(_("Colours: {theme}").format(theme=_(WORDS[self.theme])))

    @on(OpenAnother)
    def open_another(self) -> None:
        """Show the ways to another shop."""
        self.welcome()

    @on(UndoLast)
    def undo_last(self) -> None:
        """Take back this actor's last act."""
        from crmcore.tui.undoing import undo_last

        self.run_worker(undo_last(self), group="undo", exclusive=True, exit_on_error=False)

    @on(Quit)
    def leave(self) -> None:
        """Leave; work that goes on is stopped, so that is asked first."""
        if self.at_work:
            work: Any = self._leave_work
            self.run_worker(work, group="leave", exclusive=True, exit_on_error=False)
        else:
            self.exit()

    def action_help_quit(self) -> None:
        """Who presses Ctrl-C wants to leave: say how, for it may as well have been meant to copy."""
        self.notify(_("{key} leaves crm").format(key=Quit.shown_key()), timeout=3)

    async def _leave_work(self) -> None:
        from crmcore.tui.dialogs import Confirm

        question = _("Something is still being worked on. Leaving stops it; an import can go on later.")
        if await self.push_screen_wait(Confirm(question, _("Leave"))):
            self.exit()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Our own palette lists everything: Textual adds nothing."""
        del screen
        return ()

    @property
    def _log_folder(self) -> Path:
        return self._shop.log_folder if self._shop is not None else config.log_folder(None)

    # --- telling --------------------------------------------------------------------------------------------

    def notify(self, message: str, **more: Any) -> None:
        """A toast; names and files in it are never markup and steer no terminal."""
        from crmcore.tui.dialogs import plain

        super().notify(plain(message).plain, **{**more, "markup": False})

    def done(self, what: str, *, undo: bool = True) -> None:
        """Say in a toast that something was done, and which key takes it back."""
        hint = _("{key} takes it back").format(key=UndoLast.shown_key())
        self.notify(f"{what}  ({hint})" if undo else what, timeout=3, markup=False)

    def complain(self, error: CrmError) -> None:
        """Say what could not be done and why."""
        self.notify(str(error), severity="error", timeout=8, markup=False)

    def own_fault(self, error: BaseException) -> None:
        """Say that crm itself failed, and where the traceback is."""
        file = self._log_folder / "crm.log"
        with suppress(OSError):  # a log that cannot be written costs the trace, nothing else
            keep_trace(error, self._log_folder)
        self.notify(
            _("Something in crm itself went wrong ({name}); what happened is in {file}.").format(
                name=type(error).__name__, file=file
            ),
            severity="error",
            timeout=10,
            markup=False,
        )


def _opening_screen() -> Screen[Any]:
    from crmcore.tui.screens.opening import OpeningScreen

    return OpeningScreen()


def _welcome() -> Screen[Any]:
    from crmcore.tui.screens.welcome import WelcomeScreen

    return WelcomeScreen()
