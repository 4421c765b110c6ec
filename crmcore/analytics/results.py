"""A report as it was worked out, and what people found out about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from crmcore.analytics.findings import Checked
from crmcore.analytics.reasons import Reason
from crmcore.analytics.source import Source
from crmcore.hooks.reports import Report


@dataclass(frozen=True)
class KeptNote:
    """What somebody found out about a period of a report, and when (an instant)."""

    period: str
    text: str
    actor: str
    at: int


@dataclass(frozen=True)
class Result:
    """A report as it was worked out: of which day, in which currency, with which parameters."""

    report: Report
    plugin: str
    source: Source
    parameters: Mapping[str, object]
    findings: Checked
    kept: Sequence[KeptNote] = ()
    typed: Mapping[str, str] = field(default_factory=dict)  # the parameters as they were typed
    since: Sequence[Reason] = ()  # acts of today that changed days before it

    @property
    def as_of(self) -> date:
        """The day it speaks of."""
        return self.source.today

    @property
    def currency(self) -> str:
        """The currency its amounts are in."""
        return self.source.currency
