"""Reports that stay: the records are read once, then each round brings only what was written since.

For tiles: reading a shop of a million customers takes seconds, working out a tile after one new order must
not. The records stay in the memory of a process of their own for as long as somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcore.analytics.findings import Checked, Working
from crmcore.analytics.results import Result
from crmcore.analytics.source import Source
from crmcore.errors import PluginFailure
from crmcore.hooks.frames import Request
from crmcore.hooks.jobs import ASKING
from crmcore.hooks.reports import Report
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.hooks.worker import Worker

_JOB = f"{ASKING}crmcore.analytics.job:live"
WHAT = "live reports"  # under which name they can be stopped


@dataclass(frozen=True)
class Wanted:
    """A report, the plugin that brings it, its parameters (checked)."""

    plugin: str
    report: Report
    parameters: Mapping[str, object]


class Live:
    """Several reports, worked out together again and again. Close it, or use it with `with`.

    Not for several threads at once. When its process is lost, the next round starts a new one.
    """

    def __init__(
        self,
        worker: Worker,
        wanted: Sequence[Wanted],
        owners: Mapping[str, str],
        source: Callable[[], Source],
        answers: Mapping[str, Callable[..., object]],
    ) -> None:
        self._worker, self._wanted, self._owners, self._source = worker, wanted, owners, source
        self._asked = answers
        self._answers: Iterator[Any] | None = None
        self._now: Source | None = None

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def refresh(self, told: Callable[[str], None] | None = None) -> list[Result | str]:
        """Each report as of now, or why it could not be worked out; all of one moment.

        Raises `PluginFailure` when the process is lost, `Stopped` when somebody stopped it.
        """
        if not self._wanted:
            return []
        try:
            return list(self._round(told))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        answers, self._answers = self._answers, None
        if answers is not None:
            answers.close()  # type: ignore[attr-defined]

    def _again(self) -> Source:
        """The shop as it is now; the process asks for it before each round."""
        self._now = self._source()
        return self._now

    def _round(self, told: Callable[[str], None] | None) -> Iterator[Result | str]:
        if self._answers is None:
            wanted = [(one.report.name, one.parameters) for one in self._wanted]
            first = self._wanted[0]
            seconds = max(one.report.quiet_seconds for one in self._wanted)
            request = Request(_JOB, first.plugin, (wanted, self._again(), self._owners), seconds)
            self._answers = self._worker.run(request, WHAT, again=self._again, **self._asked)
        place = 0
        while (answer := next(self._answers, None)) is not None:
            if isinstance(answer, Working):
                if told is not None:
                    told(answer.what)
                continue
            one = self._wanted[place]
            place += 1
            if isinstance(answer, Checked):
                assert self._now is not None
                yield Result(one.report, one.plugin, self._now, one.parameters, answer)
            else:
                yield str(answer)
        if place < len(self._wanted):
            raise PluginFailure(self._wanted[0].plugin, WHAT, _("it found nothing"))
