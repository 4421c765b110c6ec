"""How long it takes until help is shown, against what click alone takes: measured in processor time."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.stress
RUNS = 15


def _least(words: list[str], folder: Path) -> float:
    """The least processor time of some runs, in seconds: what a busy machine adds is left out."""
    environ = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    found = []
    for _run in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, *words], stdout=subprocess.DEVNULL, check=True, env=environ, cwd=folder
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def test_help_costs_at_most_twice_what_click_costs(tmp_path: Path) -> None:
    click = _least(["-c", "import click"], tmp_path)
    shown = _least(["-c", "from crmcore.cli.main import main; main()", "--help"], tmp_path)
    assert shown <= 2 * click, f"crm --help {shown:.3f} s, import click {click:.3f} s"
