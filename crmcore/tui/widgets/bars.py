"""The line of areas at the top and the line of commands at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.reactive import reactive
from textual.widget import Widget

from crmcore import wide
from crmcore.i18n import gettext as _
from crmcore.tui.commands import Host, usable

if TYPE_CHECKING:
    from crmcore.tui.areas import AreaEntry


def _piece(key: str, words: str, action: str, *, chosen: bool = False) -> Text:
    click = Style(meta={"@click": action})
    if chosen:
        return Text.assemble((f"[{key} {words}]", "reverse bold")).copy()
    return Text.assemble((key, Style(bold=True) + click), (f" {words}" if words else "", click))


class AreaBar(Widget):
    """The areas with their keys; the one shown stands in brackets. Each can be clicked."""

    DEFAULT_CSS = "AreaBar { dock: top; height: 1; background: $panel; color: $foreground; }"
    can_focus = False

    def __init__(self, areas: tuple[AreaEntry, ...], shown: str) -> None:
        super().__init__()
        self._areas, self._shown = areas, shown

    def render(self) -> Text:
        """One line; words are left out where they do not fit."""
        room = self.size.width - 1
        with_words = len(self._areas)
        line = self._line(with_words, "  ")
        while wide.width(line.plain) > room and with_words:
            line = self._line(with_words, " ")
            with_words -= 1
        line.truncate(max(room, 1), overflow="ellipsis")
        return Text(" ") + line

    def _line(self, with_words: int, gap: str) -> Text:
        """The first so many areas with their words, and the one that is shown; of the others the key."""
        return Text(gap).join(
            _piece(
                area.shown_key,
                area.words if place < with_words or area.name == self._shown else "",
                f"app.go('{area.name}')",
                chosen=area.name == self._shown,
            )
            for place, area in enumerate(self._areas)
        )


class CommandBar(Widget):
    """The commands that make sense now, each with its key; clicking does what the key does."""

    DEFAULT_CSS = "CommandBar { dock: bottom; height: 1; background: $panel; color: $foreground; }"
    can_focus = False
    busy: reactive[bool] = reactive(False)
    ALWAYS: ClassVar[tuple[str, ...]] = ("help",)

    def show_commands(self) -> None:
        """Draw anew."""
        self.refresh()

    def render(self) -> Text:
        """As many commands as fit; help always does."""
        screen: Any = self.screen
        app: object = self.app
        hosts = [one for one in (*self._focused_hosts(), screen, app) if isinstance(one, Host)]
        typing = getattr(screen.focused, "takes_text", False)
        pieces: list[Text] = []
        last: list[Text] = []
        for host, command in usable(hosts):
            if not command.in_bar or not command.key:
                continue
            if typing and len(command.key.partition(",")[0]) == 1:
                continue
            where = "app" if host is app else "screen"
            piece = _piece(command.shown_key(), command.words(), f"{where}.say('{command.name()}')")
            (last if command.name() in self.ALWAYS else pieces).append(piece)
        how_far = getattr(app, "brought_up", "")
        working = f" {_('working…')} {how_far} " if how_far else f" {_('working…')} "
        head = Text(working, style="reverse") if self.busy or how_far else Text(" ")
        room = self.size.width - 1 - wide.width(head.plain) - sum(wide.width(p.plain) + 2 for p in last)
        shown: list[Text] = []
        for piece in pieces:
            room -= wide.width(piece.plain) + 2
            if room < 0:
                break
            shown.append(piece)
        return head + Text("  ").join([*shown, *last])

    def _focused_hosts(self) -> list[Host]:
        node = self.screen.focused
        found: list[Host] = []
        while node is not None and node is not self.screen:
            if isinstance(node, Host):
                found.append(node)
            parent = node.parent
            node = parent if isinstance(parent, Widget) else None
        return found

    def on_resize(self, _event: events.Resize) -> None:
        """Other commands fit."""
        self.refresh()
