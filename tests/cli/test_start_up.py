"""`crm --help` loads click and nothing heavy; a stopwatch is kept by the bench."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "sqlalchemy",
    "yaml",
    "pluggy",
    "rich",
    "duckdb",
    "textual",
    "tinydb",
    "phonenumbers",
    "json",
    "asyncio",
    "multiprocessing",
    "zoneinfo",
    "importlib.metadata",
)


def _loaded_after(code: str) -> set[str]:
    # -S: the editable install's own finder, which loads importlib parts, is left out.
    program = f"import sys; sys.path[:0] = {sys.path!r}\n{code}\nprint(*sys.modules)"
    result = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)
    return set(result.stdout.splitlines()[-1].split())


def test_help_loads_nothing_heavy() -> None:
    code = (
        "from crmcore.cli.main import crm\n"
        "try:\n    crm.main(['--help'])\nexcept SystemExit as stop:\n    assert not stop.code"
    )
    loaded = _loaded_after(code)
    assert "click" in loaded
    assert not [name for name in HEAVY if name in loaded]
    assert not [name for name in loaded if name.startswith("crmcore.cli.stats")]


def test_importing_crmcore_loads_nothing_heavy() -> None:
    loaded = _loaded_after("import crmcore")
    assert not [name for name in (*HEAVY, "click") if name in loaded]


def test_looking_somebody_up_waits_for_nothing_that_comes_after_the_card() -> None:
    loaded = _loaded_after("import crmcore.tui.screens.who")
    later = (
        "crmcore.store.histories",
        "crmcore.hooks.manager",
        "crmcore.tui.screens.who_dialogs",
        "crmcore.tui.screens.who_timeline",
        "duckdb",
        "jinja2",
        "sqlalchemy.orm",
        "sqlalchemy.dialects.postgresql",
    )
    assert "crmcore.desk.lookup" in loaded
    assert not [name for name in later if name in loaded]
