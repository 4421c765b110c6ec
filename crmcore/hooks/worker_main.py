"""The worker process: `python -m crmcore.hooks.worker_main` loads plugins and does their jobs.

Plugins print, read the keyboard, call `sys.exit` and hang. So the two pipes are moved out of their reach
first: what they print goes to stderr (which the shop drains), and there is nothing to read.
"""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import sys
import time
from dataclasses import replace
from typing import Any, BinaryIO

from crmcore.errors import CrmError, PluginFailure
from crmcore.hooks import jobs
from crmcore.hooks.frames import Hello, Reply, Request, TooLarge, packed, receive_trusted, write
from crmcore.hooks.guard import detail_of, reason_of
from crmcore.hooks.manager import PluginManager
from crmcore.i18n import gettext as _
from crmcore.i18n import set_language

# The shop kills a silent worker itself; this ends one whose shop has died meanwhile.
_GRACE = 10.0
# Setting the alarm starts a thread: one that was set so lately is left as it is.
_LATELY = 1.0
# So long the shop may take for an answer before the alarm is put off.
_SOON = 0.2
# What a pipe takes at once when it says that it takes anything, with room for the length before it.
_ATOMIC = getattr(select, "PIPE_BUF", 0) - 64


class Server:
    """The worker's side of the two pipes."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests = requests
        self._replies = replies
        hello: Hello = receive_trusted(requests)
        sys.path.extend(entry for entry in hello.path if entry not in sys.path)
        set_language(hello.language)
        self._config = hello.config
        self._load_seconds = hello.load_seconds
        self._managers: dict[str, PluginManager] = {}
        self._alarm = _Alarm()

    def serve(self) -> None:
        """Work until the shop closes the pipe."""
        while True:
            try:
                request: Request = receive_trusted(self._requests)
            except EOFError:
                return
            self._reply(self._outcome(request))

    def _outcome(self, request: Request) -> Reply:
        """Do one request; its last reply."""
        try:
            self._alarm.set(self._load_seconds)
            manager = self._manager(request.plugin)
            self._reply(Reply("ready"))
            answers = jobs.run(manager, request.plugin, request.job, request.args, self._asker(request))
            while True:
                self._alarm.set(request.seconds)
                answer = next(answers, self)
                if answer is self:
                    return Reply("done")
                self._reply(Reply("item", answer))
        except PluginFailure as failure:
            return Reply("failed", reason=failure.reason, detail=failure.detail)
        except (jobs.WrongType, TooLarge) as error:
            return Reply("failed", reason=str(error))
        except BaseException as error:  # noqa: BLE001 - the seam between plugins and the shop
            return _failed(error)
        finally:
            self._alarm.put_off()

    def _manager(self, plugin: str) -> PluginManager:
        # Each plugin is loaded alone: another one that is broken has no say here.
        if plugin not in self._managers:
            config = replace(self._config, only=frozenset([plugin]), write_log=False)
            self._managers[plugin] = PluginManager.load(config)
        return self._managers[plugin]

    def _asker(self, request: Request) -> jobs.Ask:
        def ask(name: str, args: tuple[Any, ...]) -> Any:
            self._reply(Reply("ask", (name, args)))
            if not _ready(
                self._requests, _SOON
            ):  # while the shop is being asked, its time is not the plugin's
                self._alarm.put_off()
            answer = receive_trusted(self._requests)
            self._alarm.set(request.seconds)
            if answer.refusal:
                raise CrmError(answer.refusal)
            return answer.value

        return ask

    def _reply(self, reply: Reply) -> None:
        try:
            body = packed(reply)
            if len(body) > _ATOMIC or not _free(self._replies):
                self._alarm.put_off()  # the shop may take its time to read it
            write(self._replies, body)
        except TooLarge:
            raise
        except BrokenPipeError:
            os._exit(0)  # the shop is gone: there is nobody to work for
        except Exception as error:
            if reply.kind in ("item", "ask"):
                raise jobs.WrongType(
                    _("it returned {got}, which cannot be sent to the shop").format(
                        got=type(reply.value).__name__
                    )
                ) from error
            raise


def _failed(error: BaseException) -> Reply:
    return Reply("failed", reason=reason_of(error, private=True), detail=detail_of(error, private=True))


class _Alarm:
    """Ends the process when plugin code takes too long, even where it holds the interpreter (a bad regex)."""

    def __init__(self) -> None:
        self._at: float | None = None

    def set(self, seconds: float) -> None:
        """From now on it may take so long; where that was said a moment ago already, from then on."""
        at = time.monotonic() + seconds + _GRACE
        if self._at is None or not 0 <= at - self._at < _LATELY:
            faulthandler.dump_traceback_later(seconds + _GRACE, exit=True)
            self._at = at

    def put_off(self) -> None:
        """It may take as long as it likes."""
        faulthandler.cancel_dump_traceback_later()
        self._at = None


def _ready(pipe: BinaryIO, seconds: float) -> bool:
    """Whether there is something to read within so long; False where the system cannot tell."""
    try:
        return bool(select.select([pipe], [], [], seconds)[0])
    except (OSError, ValueError):  # Windows knows no pipes here
        return False


def _free(pipe: BinaryIO) -> bool:
    """Whether a small message would be taken at once; False where the system cannot tell."""
    try:
        return bool(select.select([], [pipe], [], 0)[1])
    except (OSError, ValueError):
        return False


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Our two pipes, moved away from plugins; descriptor 0 leads nowhere, and 1 to stderr."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    return requests, replies


def main() -> None:
    """Serve one shop until it hangs up."""
    requests, replies = take_pipes()
    # Ctrl-C reaches every process of the terminal; the shop decides, and ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        Server(requests, replies).serve()
    except EOFError:
        pass  # it hung up before it said hello
    finally:
        # No interpreter shutdown: threads and exit handlers of plugins could hold it up.
        os._exit(0)


if __name__ == "__main__":
    main()
