"""What an import did, counted in rows of the files and in records of the shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass
class Counts:
    """Rows: `read` is always the sum of `new`, `changed`, `same` and `rejected`. The rest counts records."""

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    rejected: int = 0
    customers_new: int = 0
    customers_changed: int = 0
    orders_new: int = 0
    orders_changed: int = 0

    def add(self, other: Counts) -> None:
        """Add another's numbers to these."""
        for key, value in asdict(other).items():
            setattr(self, key, getattr(self, key) + value)

    def as_json(self) -> dict[str, int]:
        """The numbers by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, numbers: Mapping[str, int]) -> Counts:
        """The numbers as `as_json` gave them."""
        return cls(**{key: int(numbers.get(key, 0)) for key in asdict(cls())})
