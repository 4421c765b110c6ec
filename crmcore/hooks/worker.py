"""Plugin code that may be slow or hang runs in worker processes, which can be killed; a thread cannot be.

A worker is started when it is first needed (about 0.15 s) and kept. Whatever plugin code does there (raise,
hang, even in a regex that holds the interpreter, `sys.exit`, kill its process, return something wrong) comes
out as `PluginFailure`, and the next call gets a fresh process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from crmcore.errors import CrmError, PluginFailure
from crmcore.hooks.child import Child, Lost
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.frames import Answer, Broken, NotPlain, Request, packed
from crmcore.hooks.shop_view import ShopAccess, fits
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.hooks.channel_values import Outgoing, Receipt
    from crmcore.hooks.norms import NormTable
    from crmcore.hooks.segment_watchers import SegmentMove
    from crmcore.hooks.self_description import Description
    from crmcore.records.history import History
    from crmcore.rules.around import Around
    from crmcore.rules.fields import Field

CALL_SECONDS = 30.0
FACT_SECONDS = 5.0  # for one customer
COLUMN_SECONDS = 5.0  # for one distinct value
TEST_SECONDS = 3.0  # for one distinct value
LOAD_SECONDS = 30.0
# Facts and column values are sent back in parts of this many; after a loss one by one, to learn who it was.
# The job by which a watcher is told: see `crmcore.hooks.jobs`.
WATCH = "asking crmcore.hooks.watching:told"
_PART = 256
# So many values may cost a process each before a fact or column is given up.
_LOSSES = 3

Recorder = Callable[[PluginFailure], None]
Asked = Callable[[str, tuple[Any, ...]], Answer]  # a question of the worker, answered in this process


class Worker:
    """The worker processes of one shop. Close it, or use it with `with`. Safe to use from several threads.

    `record` is told of each failure before it is raised (`PluginManager.record` writes it to the log).
    `load_seconds` is how long a plugin may take to be imported there.
    """

    def __init__(
        self, config: PluginConfig, record: Recorder | None = None, *, load_seconds: float = LOAD_SECONDS
    ) -> None:
        self._config = config
        self._load_seconds = load_seconds
        self._record = record
        self._idle: list[Child] = []
        self._busy: dict[Child, str] = {}
        self._lock = threading.Lock()
        self._closed = False
        # Histories that several plugins are asked about one after the other, and what they are sent as.
        self._packed: tuple[Sequence[History], bytes] = ((), b"")
        # What the process that was ended last had printed, its last 256 KB.
        self.printed = ""

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes that are waiting; one at work is ended when its call returns."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            self._end(child)

    # -- what plugins are asked for ------------------------------------------------------------------------

    def call(
        self, plugin: str, hook: str, item: str, method: str, *args: Any, timeout: float = CALL_SECONDS
    ) -> Any:
        """What a method of something the plugin brings returns; `timeout` is in seconds.

        `call("weidian", "crm_importers", "weidian", "sniff", sample)`. Raises `PluginFailure`.
        """
        what = f"{hook} {item}.{method}"
        return self._one(Request("call", plugin, (hook, item, method, *args), timeout), what)

    def stream(
        self, plugin: str, hook: str, item: str, method: str, *args: Any, timeout: float = CALL_SECONDS
    ) -> Iterator[Any]:
        """What such a method yields, as it comes; `timeout` is from one to the next, while we wait for it.

        Raises `PluginFailure`. The process is this stream's own until it is exhausted or closed.
        """
        what = f"{hook} {item}.{method}"
        return self._run(Request("stream", plugin, (hook, item, method, *args), timeout), what)

    def facts(
        self,
        plugin: str,
        fact: str,
        histories: Sequence[History],
        *,
        settings: Mapping[str, object] | None = None,
        norms: Mapping[str, NormTable] | None = None,
        timeout: float = FACT_SECONDS,
    ) -> list[Any]:
        """The fact of each customer: a value as declared, None (absent), or `Broken` where it raised or hung.

        `settings` None: the shop's. `norms`: the tables it names; where one is missing it gets an empty one.
        `timeout` is for one customer. Raises `PluginFailure` when the plugin cannot be used at all, or when
        more than three customers cost a process each.
        """
        request = ("facts", plugin, (fact, settings, norms))
        return self._each(request, f"fact {fact}", list(histories), timeout)

    def facts_together(
        self,
        plugin: str,
        asked: Sequence[tuple[str, Mapping[str, object], Mapping[str, NormTable]]],
        histories: Sequence[History],
        *,
        timeout: float = FACT_SECONDS,
    ) -> dict[str, list[Any]]:
        """Several facts of each customer, who is sent once: by name what `facts` gives for each.

        `asked` are names with settings and norms. Quick, and good for nothing where one hangs or ends its
        process: raises `PluginFailure` then, which is not recorded, for `facts` finds out who it was.
        """
        names = [name for name, _settings, _norms in asked]
        what = f"facts {', '.join(names)}"
        request = Request("facts_together", plugin, (list(asked), self._as_sent(histories), _PART), timeout)
        rows = [row for some in self._run(request, what, quiet=True) for row in some]
        if len(rows) != len(histories):
            raise PluginFailure(plugin, what, _("it left customers out"))
        found = {name: [row[place] for row in rows] for place, name in enumerate(names)}
        for name, values in found.items():
            self._tell_first(plugin, f"fact {name}", values)
        return found

    def _as_sent(self, histories: Sequence[History]) -> bytes:
        """The histories packed, once for all plugins: of who buys often this takes longer than the facts."""
        with self._lock:
            if self._packed[0] is not histories:
                self._packed = (histories, packed(list(histories)))
            return self._packed[1]

    def column(
        self,
        plugin: str,
        importer: str,
        method: str,
        values: Sequence[tuple[str, ...]],
        *,
        timeout: float = COLUMN_SECONDS,
    ) -> list[Any]:
        """What a `@column` method makes of each distinct value (or combination of values: one tuple each).

        Text or None, a dict of them where it fills several fields, or `Broken` where it raised or hung.
        Raises `PluginFailure` like `facts`.
        """
        request = ("column", plugin, (importer, method))
        return self._each(request, f"column {importer}.{method}", list(values), timeout)

    def tests(
        self,
        plugin: str,
        segment: str,
        place: int,
        values: Sequence[Any],
        *,
        timeout: float = TEST_SECONDS,
    ) -> list[Any]:
        """What the Python test at that place of a segment's rule says to each value.

        True, False, or `Broken` where it raised. `place` counts as `crmcore.rules.tree.python_tests` does.
        Raises `PluginFailure` when the plugin cannot be used, and for the first value that hangs.
        """
        what = f"segment {segment}"
        request = Request("tests", plugin, (segment, place, list(values)), timeout)
        results = [one for some in self._run(request, what) for one in some]
        self._tell_first(plugin, what, results)
        return results

    def action(
        self,
        plugin: str,
        action: str,
        parameters: Mapping[str, object],
        access: ShopAccess,
        *,
        timeout: float = 60.0,
    ) -> Any:
        """Run an action; its result as plain JSON values. `timeout`: how long it may be silent.

        What the action asks the shop is answered by `access`, in this process. Raises `PluginFailure`.
        """
        request = Request("action", plugin, (action, dict(parameters)), timeout)
        return self._one(request, f"action {action}", partial(_answer, access))

    def shown(
        self, plugin: str, hook: str, name: str, access: ShopAccess, *, timeout: float = CALL_SECONDS
    ) -> Any:
        """What stands on a plugin's screen or tile now, checked; see `crmcore.hooks.screens`.

        What its function asks the shop is answered by `access`, in this process. Raises `PluginFailure`.
        """
        answer = partial(_answer, access)
        return self._one(Request("shown", plugin, (hook, name), timeout), f"{hook} {name}", answer)

    def watch(
        self,
        plugin: str,
        watcher: str,
        moves: Sequence[SegmentMove],
        access: ShopAccess,
        *,
        timeout: float = CALL_SECONDS,
    ) -> None:
        """Tell a watcher who came into segments and who left; raises `PluginFailure`."""
        request = Request(WATCH, plugin, (watcher, list(moves)), timeout)
        self._one(request, f"watcher {watcher}", partial(_answer, access))

    def send(
        self,
        plugin: str,
        channel: str,
        secrets: Mapping[str, str],
        more: Callable[[], Sequence[Outgoing]],
        *,
        timeout: float,
        lines: int | None = None,
    ) -> Iterator[Receipt]:
        """Have a channel send; its receipts as they come. `timeout` is how long it may be silent.

        `lines`: how many connections it may open, None for as many as it has set.

        `more` is called, in this process and thread, whenever the channel wants messages; it may take its
        time, and ends the sending with an empty answer. What it has returned is handed over. Raises
        `PluginFailure`; closing the iterator ends the channel's process at once.
        """
        answer = partial(_handout, more)
        yield from self._run(
            Request("send", plugin, (channel, secrets, lines), timeout), f"channel {channel}", answer
        )

    def describe(
        self,
        plugin: str,
        other_fields: Sequence[Field] = (),
        around: Around | None = None,
        *,
        timeout: float = CALL_SECONDS,
    ) -> Description:
        """Look at a plugin without loading it here; raises `PluginFailure` when that kills or hangs."""
        request = Request("describe", plugin, (tuple(other_fields), around), timeout)
        return cast("Description", self._one(request, "loading"))

    def run(self, request: Request, what: str, **answers: Callable[..., object]) -> Iterator[Any]:
        """The answers to a request, as they come; for jobs of higher floors. Raises `PluginFailure`.

        `answers` are called, in this process, for what a job that may ask (`jobs.ASKING`) wants to know of
        the shop, by the names it asks by: `again=…` for what its next answers are to be worked out from.
        """
        return self._run(request, what, partial(_by_name, answers) if answers else None)

    def stop(self, what: str) -> None:
        """End what is at work under that name; who waits for it gets `Stopped`. From any thread."""
        for child, name in list(self._busy.items()):
            if name == what:
                child.stop()

    # -- inside --------------------------------------------------------------------------------------------

    def _one(self, request: Request, what: str, asked: Asked | None = None) -> Any:
        result = None
        for answer in self._run(request, what, asked):
            result = answer
        return result

    def _each(
        self, request: tuple[str, str, tuple[Any, ...]], what: str, values: list[Any], timeout: float
    ) -> list[Any]:
        """A result for every value; those that kill or hang the process are found and become `Broken`."""
        job, plugin, args = request
        results: list[Any] = []
        part, losses = _PART, 0
        while len(results) < len(values):
            rest = values[len(results) : len(results) + _PART] if part == 1 else values[len(results) :]
            try:
                for some in self._run(Request(job, plugin, (*args, rest, part), timeout), what, quiet=True):
                    results += some
                part = _PART
            except PluginFailure as failure:
                losses += 1
                # The first loss tells that somebody is guilty, the next one, going step by step, who.
                if not isinstance(failure, _ProcessLost) or losses > 2 * _LOSSES:
                    raise self._told(failure) from None
                if part == 1:
                    results.append(Broken(failure.reason))
                    part = _PART
                else:
                    part = 1
        self._tell_first(plugin, what, results)
        return results

    def _run(
        self, request: Request, what: str, asked: Asked | None = None, *, quiet: bool = False
    ) -> Iterator[Any]:
        """The answers to a request. The process goes back to the idle ones only when it came to its end."""
        child = self._take(request.plugin, what)
        self._busy[child] = what
        clean, loaded, seconds = False, False, self._load_seconds
        try:
            child.say(request, seconds)
            while True:
                reply = child.hear(seconds)
                loaded, seconds = True, request.seconds
                if reply.kind == "item":
                    yield reply.value
                elif reply.kind == "ask":
                    child.say((asked or partial(_answer, None))(*reply.value), seconds)
                elif reply.kind == "failed":
                    clean = True
                    raise PluginFailure(request.plugin, what, reply.reason, reply.detail)
                elif reply.kind == "done":
                    clean = True
                    return
        except Lost as lost:
            if child.stopped:
                raise Stopped(_("stopped")) from None
            kind = _ProcessLost if loaded else PluginFailure
            failure = kind(request.plugin, what, _reason(lost, seconds))
            raise (failure if quiet else self._told(failure)) from None
        except NotPlain as error:
            failure = PluginFailure(request.plugin, what, _("it sent {what}").format(what=error))
            raise (failure if quiet else self._told(failure)) from None
        except PluginFailure as failure:
            raise (failure if quiet else self._told(failure)) from None
        finally:
            self._busy.pop(child, None)
            self._give_back(child, clean=clean)

    def _take(self, plugin: str, what: str) -> Child:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.usable:
                    return child
                self._end(child)
        try:
            return Child(self._config, self._load_seconds)
        except (OSError, Lost) as error:
            reason = _("its process could not be started: {error}").format(error=error)
            raise PluginFailure(plugin, what, reason) from error

    def _give_back(self, child: Child, *, clean: bool) -> None:
        with self._lock:
            if clean and child.usable and not self._closed:
                self._idle.append(child)
                return
        self._end(child)

    def _end(self, child: Child) -> None:
        child.end()
        self.printed = child.printed() or self.printed

    def _told(self, failure: PluginFailure) -> PluginFailure:
        if self._record is not None:
            self._record(failure)
        return failure

    def _tell_first(self, plugin: str, what: str, results: list[Any]) -> None:
        """One line for all the broken values of a call: the log is no place for a line a customer."""
        broken = [one for one in results if isinstance(one, Broken)]
        if broken:
            text = _("{reason} ({count} of {all})").format(
                reason=broken[0].reason, count=len(broken), all=len(results)
            )
            self._told(PluginFailure(plugin, what, text))


class Stopped(CrmError):  # noqa: N818 - not a failure: somebody asked for it
    """The work was stopped because somebody asked for that."""


class _ProcessLost(PluginFailure):
    """The plugin cost a process while it worked on values: it hung or ended it."""


def _answer(access: ShopAccess | None, name: str, args: tuple[Any, ...]) -> Answer:
    if access is None or not fits(name, args):
        return Answer(
            refusal=_("the shop cannot be asked for {name!r} with these arguments").format(name=name)
        )
    try:
        return Answer(getattr(access, name)(*args))
    except CrmError as error:
        return Answer(refusal=str(error))


def _handout(more: Callable[[], Sequence[Outgoing]], name: str, args: tuple[Any, ...]) -> Answer:
    """The next messages for a channel: the one thing that it may ask for while it sends."""
    return Answer(list(more())) if (name, args) == ("more", ()) else _answer(None, name, args)


def _by_name(answers: Mapping[str, Callable[..., object]], name: str, args: tuple[Any, ...]) -> Answer:
    """What a job of a higher floor asks for: nothing but what it was offered, with texts as arguments."""
    if name not in answers or any(not isinstance(one, str) for one in args):
        return _answer(None, name, args)
    try:
        return Answer(answers[name](*args))
    except CrmError as error:
        return Answer(refusal=str(error))


def _reason(lost: Lost, seconds: float) -> str:
    if lost.silent:
        return _("it gave no answer within {seconds:g} s and was ended").format(seconds=seconds)
    return _("it ended its process (code {code})").format(code=lost.code)
