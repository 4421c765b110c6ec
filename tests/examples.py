"""How many examples a property is tried with: few at every run, twenty times as many under `make stress`."""

from __future__ import annotations

import os

_TIMES = int(os.environ.get("CRM_TEST_EXAMPLES", "1"))


def examples(few: int) -> int:
    """What to give as `max_examples`; `few` is what every run can afford."""
    return few * _TIMES
