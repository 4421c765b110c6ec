"""The queues of a day with their counts: a list where there is room beside, else a line or two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.style import Style
from textual.widget import Widget

from crmcore import wide

_BESIDE = 40  # columns up to which the queues stand below each other


@dataclass(frozen=True)
class Tab:
    """One queue as it is shown."""

    name: str
    title: str
    count: int


class QueueBar(Widget):
    """Queues with their counts; the one that is shown stands in brackets. Each can be clicked."""

    DEFAULT_CSS = "QueueBar { height: auto; padding: 0 1; }"
    can_focus = False

    class Chosen(Message):
        """A queue was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__()
        self._tabs: Sequence[Tab] = ()
        self._chosen = ""

    def show(self, tabs: Sequence[Tab], chosen: str) -> None:
        """Show these, one of them chosen."""
        self._tabs, self._chosen = tabs, chosen
        self.refresh(layout=True)

    def action_choose(self, name: str) -> None:
        """A click."""
        self.post_message(self.Chosen(name))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the queues need in that width."""
        del container, viewport
        return max(len(self._lines(width)), 1)

    def render(self) -> Content:
        """The lines."""
        return Content("\n").join(self._lines(self.size.width))

    def _lines(self, width: int) -> list[Content]:
        if width <= _BESIDE:
            return [self._beside(tab, width) for tab in self._tabs]
        lines: list[Content] = []
        for tab in self._tabs:
            shown = self._shown(tab, f"{tab.title} {tab.count:,}")
            if lines and lines[-1].cell_length + shown.cell_length <= width:
                lines[-1] = Content.assemble(lines[-1], shown)
            else:
                lines.append(shown)
        return lines

    def _beside(self, tab: Tab, width: int) -> Content:
        count = f"{tab.count:,}"
        room = width - 3 - len(count)
        return self._shown(tab, wide.pad(wide.cut(tab.title, room), room) + " " + count)

    def _shown(self, tab: Tab, text: str) -> Content:
        chosen = tab.name == self._chosen
        look = "reverse bold" if chosen else "" if tab.count else "dim"
        shown = Content.styled(f"[{text}]" if chosen else f" {text} ", look)
        return shown.stylize(Style.from_meta({"@click": f"choose('{tab.name}')"}))
