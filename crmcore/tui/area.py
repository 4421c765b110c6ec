"""`Area`: what every full screen has: the areas above, the commands below, and a way to ask the shop."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.screen import Screen
from textual.worker import Worker

from crmcore.errors import CrmError
from crmcore.tui.commands import Host
from crmcore.tui.widgets.bars import AreaBar, CommandBar

if TYPE_CHECKING:
    from crmcore.shop import Shop
    from crmcore.tui.app import CrmApp

T = TypeVar("T")


class Area(Host, Screen[Any]):
    """A full screen of the application.

    `NAME` is its mode. Put what it shows into `content()`, what it loads into `refresh_content()`: that is
    called once the shop is open, whenever the area is shown again, and after a change.
    """

    NAME: ClassVar[str] = ""
    HELP_TEXT: ClassVar[str] = ""  # a few sentences, marked for the catalog: what this screen is for
    _to_be_closed: tuple[Any] | None = None  # what it was closed with while something else lay in front

    @property
    def crm(self) -> CrmApp:
        """The application."""
        return cast("CrmApp", self.app)

    @property
    def shop(self) -> Shop:
        """The open shop; only where it is open (see `refresh_content`)."""
        return self.crm.shop

    def compose(self) -> ComposeResult:
        """The area bar, the content, the command bar."""
        yield AreaBar(self.crm.areas, self.NAME)
        yield from self.content()
        yield CommandBar()

    def content(self) -> ComposeResult:
        """What the area shows."""
        yield from ()

    def refresh_content(self) -> None:
        """Load what the area shows; the shop is open."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Until the shop is open nothing can be done to it."""
        if action == "say" and not self.crm.is_open:
            return False
        return super().check_action(action, parameters)

    def on_screen_resume(self, _event: events.ScreenResume) -> None:
        """Shown (again): what it shows may have changed meanwhile."""
        if self._to_be_closed is not None:
            self.dismiss(*self._to_be_closed)
        elif self.crm.is_open:
            self.refresh_content()

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close the screen; where something else lies in front by now, as soon as it is seen again.

        Textual would close what lies in front, and end the program where that is an area's own screen: a key
        for another area, pressed at once after Esc, is there before the screen has heard of Esc.
        """
        if self.is_active:
            return super().dismiss(result)
        self._to_be_closed = (result,)
        return AwaitComplete()

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """Other keys work where the cursor stands in a text field."""
        self.show_commands()

    def show_commands(self) -> None:
        """Draw the command bar anew: what makes sense has changed."""
        for bar in self.query(CommandBar):
            bar.show_commands()

    def fetch(
        self,
        job: Callable[[], T],
        then: Callable[[T], None],
        *,
        group: str = "fetch",
        failed: Callable[[CrmError], None] | None = None,
        busy: bool = False,
        reads: bool = False,
    ) -> Worker[None]:
        """Do `job` in a thread, once the shop is open, and give its result to `then` on the screen.

        A newer fetch of the same group supersedes an older one, whose result is dropped. A `CrmError` is told
        (or given to `failed`). `busy` shows the sign of work when it takes longer than a moment. One that
        only `reads` ends in the database as well when it is superseded, cancelled, or its screen is left; an
        act is never broken off.
        """
        # Not a coroutine: one that is superseded before it began would complain of never having been awaited.
        work = partial(self._fetched, job, then, failed, busy, reads)
        # A description: without one Textual writes the job out with all its values, be it a million ids.
        return self.run_worker(work, group=group, description=group, exclusive=True, exit_on_error=False)

    async def _fetched(
        self,
        job: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[CrmError], None] | None,
        busy: bool,
        reads: bool,
    ) -> None:
        await self.crm.opened.wait()
        sign = self.set_timer(0.3, lambda: self.set_busy(True)) if busy else None
        try:
            result = await (_read(job) if reads else asyncio.to_thread(job))
        except CrmError as error:
            (failed or self.crm.complain)(error)
            return
        except Exception as error:  # noqa: BLE001 - the face's edge: people get a line, the log the traceback
            self.crm.own_fault(error)
            return
        finally:
            if sign is not None:
                sign.stop()
                self.set_busy(False)
        then(result)
        self.show_commands()

    def set_busy(self, busy: bool) -> None:
        """Show or take away the sign that something is being worked out."""
        for bar in self.query(CommandBar):
            bar.busy = busy

    def in_background(self, work: Coroutine[Any, Any, None], group: str) -> Worker[None]:
        """Run a coroutine of this screen (a dialog with several questions); it ends with the screen.

        What goes wrong in it is told: Textual would keep it to itself. A key pressed twice at once begins it
        anew before it has begun: the first is closed, or it would complain of never having been awaited.
        """
        telling: Any = partial(self._telling, work)
        worker: Worker[None] = self.run_worker(telling, group=group, exclusive=True, exit_on_error=False)
        weakref.finalize(worker, work.close).atexit = False
        return worker

    async def _telling(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except CrmError as error:
            self.crm.complain(error)
        except Exception as error:  # noqa: BLE001 - the face's edge: people get a line, the log the traceback
            self.crm.own_fault(error)


async def _read(job: Callable[[], T]) -> T:
    """Do a job that only reads in a thread; who cancels this ends it."""
    from crmcore.store.stopping import Stop, reading_under  # not before the first frame

    stop = Stop()
    try:
        with reading_under(stop):  # threads get a copy of the context
            return await asyncio.to_thread(job)
    except asyncio.CancelledError:
        stop.ask()
        raise
