"""The worker process: `python -m crmcore.hooks.worker_main` loads plugins and does their jobs.

Plugins print, read the keyboard, call `sys.exit` and hang. So the two pipes are moved out of their reach
first: what they print goes to stderr (which the shop drains), and there is nothing to read.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

from crmcore.errors import CrmError, PluginFailure
from crmcore.hooks import jobs
from crmcore.hooks.frames import Hello, Reply, Request, TooLarge, receive_trusted, send
from crmcore.hooks.guard import detail_of, reason_of
from crmcore.hooks.manager import PluginManager
from crmcore.i18n import gettext as _
from crmcore.i18n import set_language

# The shop kills a silent worker itself; this ends one whose shop has died meanwhile.
_GRACE = 10.0


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
            with _limit(self._load_seconds):
                manager = self._manager(request.plugin)
            self._reply(Reply("ready"))
            answers = jobs.run(manager, request.plugin, request.job, request.args, self._asker(request))
            while True:
                with _limit(request.seconds):
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

    def _manager(self, plugin: str) -> PluginManager:
        # Each plugin is loaded alone: another one that is broken has no say here.
        if plugin not in self._managers:
            config = replace(self._config, only=frozenset([plugin]), write_log=False)
            self._managers[plugin] = PluginManager.load(config)
        return self._managers[plugin]

    def _asker(self, request: Request) -> jobs.Ask:
        def ask(name: str, args: tuple[Any, ...]) -> Any:
            with _unlimited(request.seconds):
                self._reply(Reply("ask", (name, args)))
                answer = receive_trusted(self._requests)
            if answer.refusal:
                raise CrmError(answer.refusal)
            return answer.value

        return ask

    def _reply(self, reply: Reply) -> None:
        try:
            send(self._replies, reply)
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


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """End the process when plugin code takes longer, even where it holds the interpreter (a bad regex)."""
    faulthandler.dump_traceback_later(seconds + _GRACE, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@contextmanager
def _unlimited(seconds: float) -> Iterator[None]:
    """While the shop is being asked, its time is not the plugin's."""
    faulthandler.cancel_dump_traceback_later()
    try:
        yield
    finally:
        faulthandler.dump_traceback_later(seconds + _GRACE, exit=True)


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
