"""The tour in README is what `crm demo` prints: line for line, with the figures of another day."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from crmcore.cli.main import crm

README = Path(__file__).parent.parent.parent / "README.md"
TOUR = re.compile(r"<!-- tour: crm demo --no-ui -->\n```text\n(.*?)\n```", re.S)


def _shapes(text: str) -> list[str]:
    """The lines without their figures, and without what happened when."""
    found = []
    for line in text.strip().splitlines():
        if re.match(r"^ +\d{4}-\d\d-\d\d ", line):
            continue
        words = re.sub(r"\S*(?=/files/|/demo\b)", "", line)
        found.append(" ".join(re.sub(r"[\d,.:–-]+", "#", words).split()))
    return found


def test_the_tour_in_readme_is_real(demo_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    shown = CliRunner().invoke(crm, ["--lang", "en", "demo", str(demo_folder), "--no-ui"], prog_name="crm")
    assert shown.exit_code == 0, shown.stderr
    printed = TOUR.search(README.read_text("utf-8"))
    assert printed is not None
    real = shown.stdout.replace(f"--shop {demo_folder} ", "").replace(str(demo_folder), "~/demo")
    assert _shapes(printed[1]) == _shapes(real)
