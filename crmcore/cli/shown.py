"""Amounts and moments as people read them."""

from __future__ import annotations

from datetime import datetime

from crmcore.records.clock import zone
from crmcore.records.money import to_major


def money(minor: int, currency: str) -> str:
    """An amount in major units with its currency: `1,284.00 CNY`."""
    return f"{to_major(minor, currency):,} {currency}"


def moment(at: int, time_zone: str) -> str:
    """An instant on the shop's clock: `2026-11-20 18:00`."""
    return f"{datetime.fromtimestamp(at, zone(time_zone)):%Y-%m-%d %H:%M}"
