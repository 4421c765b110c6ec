"""What an import did, counted in rows of the files and in records of the shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

_ONLY_TOLD = ("orders_met", "orders_unlike")
_SEVERAL = 2  # one may be a slip of the pen


@dataclass
class Counts:
    """Rows: `read` is always the sum of `new`, `changed`, `same` and `rejected`. The rest counts records.

    Of the orders whose numbers the shop knew (`orders_met`) some may be others there, by buyer, day and total
    (`orders_unlike`): that is told, and not kept with the import.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    rejected: int = 0
    customers_new: int = 0
    customers_changed: int = 0
    orders_new: int = 0
    orders_changed: int = 0
    orders_met: int = 0
    orders_unlike: int = 0

    @property
    def looks_like_another_shop(self) -> bool:
        """Whether most of the orders that the shop knew by their numbers are others there."""
        return self.orders_unlike >= _SEVERAL and 2 * self.orders_unlike >= self.orders_met

    def add(self, other: Counts) -> None:
        """Add another's numbers to these."""
        for key, value in asdict(other).items():
            setattr(self, key, getattr(self, key) + value)

    def as_json(self) -> dict[str, int]:
        """The numbers by name, those that are kept."""
        return {key: value for key, value in asdict(self).items() if key not in _ONLY_TOLD}

    @classmethod
    def from_json(cls, numbers: Mapping[str, int]) -> Counts:
        """The numbers as `as_json` gave them."""
        return cls(**{key: int(numbers.get(key, 0)) for key in asdict(cls())})
