"""Processes of crm that begin where Python has imported already what they need.

A run starts some thousand of them, and most of them live for less time than their imports take. So each process
of a run keeps one beside it that has imported everything; what a test would start is forked from that one (see
`quick_started.py`), with its own pipes, environment and folder, and is a child of the test's process as ever:
waited for, killed, and looked at alike. Where the start itself is what a test is about (`_AS_USERS_DO`) it is
started as users do.

Linux can give a process to another parent; elsewhere everything is started the long way.
"""

from __future__ import annotations

import contextlib
import ctypes
import inspect
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from crmcore.children import environment

# Tests in which a process starts as users start it.
_AS_USERS_DO = (
    "tests/background/test_process.py::test_errors", "tests/background/test_process.py::test_what", "tests/hooks/test_worker", "tests/hooks/test_isolation", "tests/hooks/test_channels",
    "tests/importing/test_side_work", "tests/cli/test_plugin_commands",
)  # fmt: skip
_STOPPED_CLOCK = Path(__file__).parent / "tui" / "stopped_clock"
MODULES = ("crmcore.hooks.worker_main", "crmcore.background.child", "crmcore.importing.apply.ahead_child")
_BECOME_PARENT_OF_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
# What `Popen` asks of its own method; another version of Python may ask differently.
_ASKED = [
    "args",
    "executable",
    "preexec_fn",
    "close_fds",
    "pass_fds",
    "cwd",
    "env",
    "startupinfo",
    "creationflags",
    "shell",
    "p2cread",
    "p2cwrite",
    "c2pread",
    "c2pwrite",
    "errread",
    "errwrite",
    "restore_signals",
    "gid",
    "gids",
    "uid",
    "umask",
    "start_new_session",
    "process_group",
]


class _Nursery:
    """The process that others are forked from."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        program = str(Path(__file__).with_name("quick_started.py"))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", program, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment(),
        )
        theirs.close()
        self._socket, self._lock = ours, threading.Lock()
        # Where Python looks first, and with the clock that stands still: the child sees to that.
        self._paths = (path := environment()["PYTHONPATH"], f"{path}{os.pathsep}{_STOPPED_CLOCK}")

    def can(self, args: Any, asked: dict[str, Any]) -> bool:
        """Whether such a process would come out the same."""
        return (
            not os.environ.get("PYTEST_CURRENT_TEST", "").startswith(_AS_USERS_DO)
            and isinstance(args, Sequence)
            and any(one in args for one in MODULES)
            and asked["env"] is not None
            and asked["env"].get("PYTHONPATH") in self._paths
            and not asked["pass_fds"]
            and asked["cwd"] is None
        )

    def start(self, args: Sequence[str], asked: dict[str, Any]) -> int:
        """The id of a process that runs the module named in `args`: a child of ours."""
        place = next(place for place, one in enumerate(args) if one in MODULES)
        wanted = {
            "module": args[place],
            "arguments": list(args[place + 1 :]),
            "unbuffered": "-u" in args[:place],
            "env": asked["env"],
            "cwd": str(Path.cwd()),
            "session": asked["start_new_session"],
        }
        ends = (asked["p2cread"], asked["c2pwrite"], asked["errwrite"])
        text = json.dumps(wanted).encode()
        with self._lock:
            files = [standard if end == -1 else end for standard, end in enumerate(ends)]
            socket.send_fds(self._socket, [len(text).to_bytes(4, "big")], files)
            self._socket.sendall(text)
            return int.from_bytes(self._socket.recv(4, socket.MSG_WAITALL), "big")

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


def _popen(nursery: _Nursery) -> type[subprocess.Popen[Any]]:
    class Popen(subprocess.Popen):  # type: ignore[type-arg]
        def _execute_child(self, args: Any, *rest: Any) -> None:
            asked = dict(zip(_ASKED[1:], rest, strict=True))
            if not nursery.can(args, asked):
                super()._execute_child(args, *rest)  # type: ignore[misc]
                return
            self.pid = nursery.start(args, asked)
            self._child_created = True
            ends = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
            self._close_pipe_fds(*(asked[one] for one in ends))  # type: ignore[attr-defined]

    return Popen


# Leaves a process behind whose parent is gone.
_LEAVING = "import os; pid = os.fork(); print(pid) if pid else os._exit(7)"


def _adopts_orphans() -> bool:
    """Have processes whose parent is gone become ours; False where that is not possible."""
    asked = list(inspect.signature(subprocess.Popen._execute_child).parameters)[1:]  # type: ignore[attr-defined]
    if sys.platform != "linux" or asked != _ASKED:
        return False
    with contextlib.suppress(OSError, AttributeError, ValueError):
        ctypes.CDLL(None).prctl(_BECOME_PARENT_OF_ORPHANS, 1, 0, 0, 0)
        left = subprocess.run([sys.executable, "-S", "-c", _LEAVING], stdout=subprocess.PIPE, check=True)
        return os.waitstatus_to_exitcode(os.waitpid(int(left.stdout), 0)[1]) == 7
    return False


@contextlib.contextmanager
def quick_start() -> Iterator[None]:
    """While the block runs, the processes of `MODULES` begin quickly."""
    if not _adopts_orphans():
        yield
        return
    nursery = _Nursery()  # it imports while the first tests run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", _popen(nursery))
        yield
    nursery.close()
