"""The process beside `quick_start.py`: imports what crm's processes import, then is forked whenever one is wanted."""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import runpy
import signal
import socket
import sys
import time
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

# What has threads cannot be forked, and importing DuckDB starts one: see `_DuckDB`.
_IMPORTED = (
    "crmcore.hooks.worker_main", "crmcore.hooks.channel_jobs", "crmcore.messages.render_job", "crmcore.background.child",
    "crmcore.importing.apply.ahead_child", "crmcore.shop", "sqlalchemy.dialects.postgresql", "msgspec", "statistics",
    "crmcore.hooks.importers", "crmcore.hooks.segment_rules", "crmcore.hooks.interactions", "crmcore.hooks.actions",
    "crmcore.hooks.screens", "crmcore.hooks.campaigns", "crmcore.hooks.segment_watchers", "crmcore.analytics.tables",
    "crmcore.analytics.findings", "crmcore.store.json_sql", "email.parser",
    "crmcore.background.works", "crmcore.importing.imports", "crmcore.segments.segments", "crmcore.campaigns.campaigns",
)  # fmt: skip


class _DuckDB(ModuleType):
    """DuckDB's compiled half, which starts no thread, under the name of the whole: as much of it as crm uses."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("_duckdb"), name)


def serve(line: socket.socket) -> dict[str, Any] | None:
    """Fork a process for each request. Comes back in the new one with what it is to do; None at the end."""
    while True:
        head, files, _flags, _address = socket.recv_fds(line, 4, 3)
        if not head:
            return None
        wanted: dict[str, Any] = json.loads(line.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
        told, tell = os.pipe()
        between = os.fork()
        if between == 0:
            made = os.fork()
            if made:
                os.write(tell, made.to_bytes(4, "big"))
                os._exit(0)  # its child is now the run's
            for end in (told, tell):
                os.close(end)
            line.close()
            for standard, file in enumerate(files):
                os.dup2(file, standard)
                os.close(file)
            return wanted
        os.close(tell)
        os.waitpid(between, 0)
        for file in files:
            os.close(file)
        line.sendall(os.read(told, 4))
        os.close(told)


def become(wanted: dict[str, Any]) -> None:
    """Be the process that was wanted, as Python would have made it."""
    if wanted["session"]:
        os.setsid()
    os.chdir(wanted["cwd"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    time.tzset()
    if (added := wanted["env"]["PYTHONPATH"].rpartition(os.pathsep)[2]) not in sys.path:
        sys.path.insert(1, added)
        importlib.import_module("sitecustomize")  # as Python does at its start
    del sys.modules["duckdb"]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdin = io.TextIOWrapper(open(0, "rb", closefd=False), "utf-8")  # noqa: SIM115
    for name, number in (("stdout", 1), ("stderr", 2)):
        raw = open(number, "wb", 0 if wanted["unbuffered"] else -1, closefd=False)  # noqa: SIM115
        setattr(sys, name, io.TextIOWrapper(raw, "utf-8", write_through=wanted["unbuffered"]))
    sys.modules.pop(wanted["module"], None)
    sys.argv = [wanted["module"], *wanted["arguments"]]
    runpy.run_module(wanted["module"], run_name="__main__", alter_sys=True)


def main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    # The tests have pandas, crm has not; where it is there, DuckDB imports it in each process, and takes a quarter of
    # a second for it.
    sys.modules["pandas"] = None  # type: ignore[assignment]
    sys.modules["duckdb"] = _DuckDB("duckdb")
    for name in _IMPORTED:
        importlib.import_module(name)
    for group in ("crmcore", "crmcore.optional"):
        for plugin in metadata.entry_points(group=group):
            importlib.import_module(plugin.module)
    gc.collect()
    gc.freeze()
    assert len([*Path("/proc/self/task").iterdir()]) == 1
    if (wanted := serve(line)) is not None:
        become(wanted)


if __name__ == "__main__":
    main()
