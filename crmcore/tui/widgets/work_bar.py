"""`WorkBar`: one piece of long work in a process of its own, with how far it is; it can be stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from rich.text import Text
from textual.message import Message
from textual.widget import Widget

from crmcore import wide
from crmcore.background.process import Event, News, Process, Progress, Result, Stopped
from crmcore.desk.importing_pace import Pace, PaceMaker
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.tui.app import CrmApp

_LONGEST_BAR = 30
# Works that change the shop: whoever leaves meanwhile is asked.
_CHANGES = ("import", "resume", "undo", "action", "campaign_send")


class WorkBar(Widget):
    """One line that is there while work goes on.

    `begin` starts the work; the messages `Ended` (with what came of it), `Failed` and `Heard` (what it found
    on its way) tell the screen. One work at a time; it is asked to stop when the widget goes.
    """

    DEFAULT_CSS = """
    WorkBar { height: 1; display: none; background: $boost; color: $foreground; }
    WorkBar.-working { display: block; }
    """
    can_focus = False

    class Heard(Message):
        """What the work found on its way."""

        def __init__(self, name: str, value: Any) -> None:
            super().__init__()
            self.name, self.value = name, value

    class Ended(Message):
        """What came of the work of that name."""

        def __init__(self, work: str, value: Any) -> None:
            super().__init__()
            self.work, self.value = work, value

    class Failed(Message):
        """The work of that name could not be done, or was stopped (`Stopped`)."""

        def __init__(self, work: str, error: CrmError) -> None:
            super().__init__()
            self.work, self.error = work, error

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self._process: Process | None = None
        self._pace = Pace("")
        self._since = 0.0
        self._pace_maker = PaceMaker()
        self._wanted = self._stop_soon = False

    @property
    def working(self) -> bool:
        """Whether work goes on."""
        return self._wanted

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop and has not ended yet."""
        return self._stop_soon

    def on_mount(self) -> None:
        """Seconds pass also while nothing is told."""
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        if self._wanted:
            self.refresh()

    def begin(
        self,
        work: str,
        arguments: Mapping[str, Any],
        *,
        rows: int | None = None,
        what: str = "",
        with_shop: bool = True,
    ) -> None:
        """Start the work (see `background.works`), in the open shop.

        `rows`: how many rows it will do, where that is known; `what` stands there until the work says more.
        """
        assert not self._wanted, "one work at a time"
        self._wanted, self._stop_soon, self._since = True, False, time.monotonic()
        self._pace_maker, self._pace = PaceMaker(rows), Pace(what)
        self.add_class("-working")
        if work in _CHANGES and not arguments.get("dry_run"):
            cast("CrmApp", self.app).at_work.add(self)
        place = shop_of(self.app) if with_shop else (None, None)
        start = partial(Process, work, arguments, shop=place[0], actor=place[1])
        self.run_worker(self._follow(work, start), group="work", exit_on_error=False)

    def stop(self) -> None:
        """Ask the work to stop."""
        self._stop_soon = self._wanted
        if self._process is not None:
            self._process.stop()
        self.refresh()

    def on_unmount(self) -> None:
        """Nobody waits for it any more."""
        self.stop()

    async def _follow(self, work: str, start: partial[Process]) -> None:
        told: Message
        try:
            self._process = await asyncio.to_thread(start)
            if self._stop_soon:
                self._process.stop()
            events, value = self._process.events(), None
            while (event := await asyncio.to_thread(next, events, None)) is not None:
                self._take(event)
                value = event.value if isinstance(event, Result) else None
            told = self.Ended(work, value)
        except CrmError as error:
            told = self.Failed(work, error)
        except OSError as error:
            told = self.Failed(work, CrmError(_("no process can be started: {reason}").format(reason=error)))
        except Exception as error:  # noqa: BLE001 - the face's edge: people get a line, the log the traceback
            cast("CrmApp", self.app).own_fault(error)
            told = self.Failed(work, Stopped(_("stopped")))
        finally:
            self._process, self._wanted, self._stop_soon = None, False, False
            self.remove_class("-working")
            cast("CrmApp", self.app).at_work.discard(self)
        self.post_message(told)

    def _take(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._pace = self._pace_maker.told(event.done, event.total, event.what)
            self.refresh()
        elif isinstance(event, News):
            self.post_message(self.Heard(event.name, event.value))

    def render(self) -> Text:
        """What is done, a bar, its share, how fast, how long still; what does not fit is left out."""
        if self.stopping:
            return Text(" " + _("stopping"))
        pace, room = self._pace, self.size.width - 2
        what = wide.clean(pace.what)
        if pace.share is None:
            words = f"{what}  {shown_seconds(time.monotonic() - self._since)}"
            return Text(" " + wide.cut(words.strip(), room))
        tail = f"{int(pace.share * 100):3d}%"
        more = "".join(f"  {one}" for one in (_rate(pace), _left(pace)) if one)
        length = min(_LONGEST_BAR, room - wide.width(what + tail + more) - 4)
        line = Text(f" {wide.cut(what, max(room - wide.width(tail) - 4, 1))}  ")
        if length >= 5:
            full = round(pace.share * length)
            line.append(" " * full, self._colour("primary"))
            line.append(" " * (length - full), self._colour("panel-lighten-2"))
            line.append("  ")
        return line.append(wide.cut(tail + more, max(room - line.cell_len, wide.width(tail))))

    def _colour(self, name: str) -> str:
        return f"on {self.app.theme_variables.get(name, 'default')}"


def _rate(pace: Pace) -> str:
    if pace.rows_a_second is None:
        return ""
    return _("{count} rows/s").format(count=f"{pace.rows_a_second:,.0f}")


def _left(pace: Pace) -> str:
    if pace.seconds_left is None:
        return ""
    return _("{time} left").format(time=shown_seconds(pace.seconds_left))


def shown_seconds(seconds: float) -> str:
    """A span as people say it: `12 s`, `3 min`, `1 h 20 min`."""
    whole = round(seconds)
    if whole < 100:
        return _("{count} s").format(count=whole)
    minutes = round(seconds / 60)
    if minutes < 100:
        return _("{count} min").format(count=minutes)
    return _("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)


def shop_of(app: Any) -> tuple[str, str]:
    """The open shop's folder or URL, and who is at work in it."""
    shop = cast("CrmApp", app).shop
    return str(shop.place.folder or shop.place.url), shop.actor
