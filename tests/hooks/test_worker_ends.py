"""Nobody is left behind: whatever ends the shop's program ends its worker processes too."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psutil
import pytest

from crmcore.hooks.worker import Worker
from crmcore.records.history import History
from tests.waiting import PATIENCE

SCRIPT = """
from datetime import date
from pathlib import Path
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.worker import Worker
from crmcore.records.history import History
worker = Worker(PluginConfig(Path({folder!r}), installed=False))
history = History(3, date(2026, 3, 5), "CNY", {{}}, ())
worker.facts("odd_facts", "loud", [history])
print("ready", flush=True)
{then}
"""
HANGS = 'worker.facts("odd_facts", "regex", [history], timeout=300)'
WAITS = "import time; time.sleep(300)"


@pytest.fixture
def program(config) -> Iterator[object]:
    """A program of its own with a worker process: the program, and its processes."""
    folder = str(config("odd_facts").folder)
    started: list[subprocess.Popen[str]] = []

    def start(then: str) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
        code = textwrap.dedent(SCRIPT).format(folder=folder, then=then)
        one = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        started.append(one)
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
        time.sleep(0.3)  # let it get to what comes then
        return one, psutil.Process(one.pid).children(recursive=True)

    yield start
    for one in started:
        one.kill()
        one.communicate()


def gone(processes: list[psutil.Process]) -> bool:
    _gone, alive = psutil.wait_procs(processes, timeout=60)
    return not alive


@pytest.mark.skipif(os.name == "nt", reason="a group of processes is POSIX's; Windows' console does the same")
@pytest.mark.parametrize("then", [HANGS, WAITS])
def test_ctrl_c(program, then: str) -> None:
    one, children = program(then)
    assert len(children) == 1
    os.killpg(one.pid, signal.SIGINT)  # the terminal's Ctrl-C reaches all of them
    assert one.wait(60) != 0
    assert gone(children)


def test_a_program_that_is_killed(program) -> None:
    one, children = program(WAITS)
    one.kill()
    assert gone(children)


def test_it_works_inside_a_terminal_ui(config) -> None:
    from textual.app import App

    found: list[list[int]] = []

    class Face(App[None]):
        def on_mount(self) -> None:
            self.run_worker(self.ask, thread=True)

        def ask(self) -> None:
            with Worker(config("good")) as worker:
                found.append(
                    worker.facts("good", "id_squared", [History(3, date(2026, 3, 5), "CNY", {}, ())])
                )
            self.call_from_thread(self.exit)

    async def run() -> None:
        async with Face().run_test() as pilot:
            deadline = time.monotonic() + PATIENCE
            while not found and time.monotonic() < deadline:
                await pilot.pause(0.02)

    asyncio.run(run())
    assert found == [[9]]


@pytest.mark.stress
def test_hundreds_of_losses_leave_nothing_behind(config, tmp_path: Path) -> None:
    """A fact that kills its process again and again, with good calls between: no process, no thread stays."""
    me = psutil.Process()
    # What the run has beside its tests (a database server, the process that others are forked from) is none of its.
    beside = {one.pid for one in me.children()}

    def left() -> list[psutil.Process]:
        others = (one for one in me.children() if one.pid not in beside)
        return [each for one in others for each in (one, *one.children(recursive=True))]

    histories = [History(number, date(2026, 3, 5), "CNY", {}, ()) for number in range(1, 9)]
    with Worker(config("odd_facts", "good")) as worker:
        for _round in range(40):
            values = worker.facts("odd_facts", "killer", histories)
            assert [value for value in values if isinstance(value, int)] == [1, 2, 4, 6, 7, 8]
            assert worker.facts("good", "id_squared", histories[:1]) == [1]
            assert len(left()) == 1
    assert left() == []
    assert me.num_threads() < 20
