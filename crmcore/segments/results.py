"""What segments answer: plain values for faces, each with its JSON form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from crmcore.rules.explain import Explanation


@dataclass(frozen=True)
class SegmentCount:
    """How many customers a segment has on a day."""

    segment: str
    as_of: date
    count: int

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {"segment": self.segment, "as_of": self.as_of.isoformat(), "count": self.count}


@dataclass(frozen=True)
class Member:
    """A customer in a segment: the id, and the name people know her by ("" when none is known)."""

    id: int
    name: str


@dataclass(frozen=True)
class Members:
    """A page of a segment's customers in the order of their ids, and how many there are in all."""

    segment: str
    as_of: date
    count: int
    customers: tuple[Member, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        listed = [{"id": member.id, "name": member.name} for member in self.customers]
        return SegmentCount(self.segment, self.as_of, self.count).as_json() | {"customers": listed}


@dataclass(frozen=True)
class Membership:
    """Whether one customer is in a segment on a day, and why."""

    segment: str
    as_of: date
    customer_id: int
    why: Explanation

    @property
    def member(self) -> bool:
        """Whether she belongs to it."""
        return self.why.held

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "segment": self.segment,
            "as_of": self.as_of.isoformat(),
            "customer": self.customer_id,
            "member": self.member,
            "why": self.why.as_json(),
        }
