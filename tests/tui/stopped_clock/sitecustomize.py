"""Python reads this at its start where this folder stands in PYTHONPATH: the clock of background processes."""

import os
import time

if (_now := os.environ.get("CRM_TEST_NOW")) is not None:
    time.time = lambda: float(_now)

    from crmcore.records.clock import Clock

    Clock.at_present = classmethod(lambda cls, zone: cls(zone, int(_now)))  # type: ignore[assignment, method-assign]
