"""The computer's keyring, as the library finds it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_ASKED = """
import sys
started = []
sys.addaudithook(lambda event, said: started.append(said[0]) if event == "subprocess.Popen" else None)
from crmcore import secrets
print(secrets.where("board_pin").name, started, "keyring" in sys.modules)
"""


@pytest.mark.skipif(sys.platform == "darwin", reason="on macOS the libraries are there, and needed")
def test_no_compiler_is_started_to_look_for_macos() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHON_KEYRING_BACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", _ASKED], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "board_pin [] True"
