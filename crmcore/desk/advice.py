"""What to say now: the core's own lines, and what plugins add; and the plugins' panels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crmcore.desk.brief import Alert, Brief
from crmcore.i18n import gettext as _


@dataclass(frozen=True)
class Line:
    """One thing to say now, why, and who says so: "crmcore" or a plugin's name."""

    text: str
    reason: str
    source: str = "crmcore"


def core_advice(brief: Brief) -> tuple[Line, ...]:
    """What complaints, promises and call-backs that are due ask for, in this order."""
    return tuple(_lines(brief))


def _lines(brief: Brief) -> Iterator[Line]:
    for one in brief.alerts:
        text = _text(one)
        if text:
            yield Line(text, f"{one.title} #{one.id}")


def _text(alert: Alert) -> str:
    if alert.kind == "complaint":
        return _("tell her first how her complaint stands: {text}").format(text=alert.text)
    if alert.kind == "promise":
        return _("make good what was promised: {text}").format(text=alert.text)
    if alert.kind == "call" and alert.today:
        return _("the call-back is due: {text}").format(text=alert.text)
    if alert.kind == "inquiry":
        return _("she had asked: {text}").format(text=alert.text)
    return ""
