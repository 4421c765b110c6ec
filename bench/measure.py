"""Running things in processes of their own and saying what they cost."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds, peak memory in MB of its biggest process, and what the process printed.

    CPU counts the processes that it started and waited for.
    """

    seconds: float
    memory: float
    output: str
    cpu: float = 0.0


def run(command: Sequence[str], **environment: str) -> Cost:
    """Run a command to its end; raises when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **environment}, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {status}: {output}")
    return Cost(seconds, usage.ru_maxrss / 1024, output, usage.ru_utime + usage.ru_stime)


def crm(*arguments: str) -> Cost:
    """Run the `crm` of this checkout."""
    return run([sys.executable, "-m", "crmcore.cli.main", *arguments])


def crm_json(*arguments: str) -> tuple[Cost, object]:
    """Run `crm … --json`."""
    cost = crm(*arguments, "--json")
    return cost, json.loads(cost.output)


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
