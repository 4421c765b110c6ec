"""What a scenario is given, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.files import order_file


@dataclass(frozen=True)
class Setting:
    """Where the benchmark works, and how big."""

    folder: Path
    orders: int
    customers: int

    @property
    def shop(self) -> Path:
        """The shop that the imports fill."""
        return self.folder / "shop"

    @property
    def small_shop(self) -> Path:
        """A shop with a quarter of it."""
        return self.folder / "small"

    @property
    def file(self) -> Path:
        """The first export file, made at its first use."""
        return self.orders_file(self.orders, self.customers)

    def orders_file(self, orders: int, customers: int, first_order: int = 0) -> Path:
        """An export file of so many orders from the number `first_order` on, made at its first use."""
        path = self.folder / f"ExportOrderList{orders}from{first_order}.csv"
        if path.exists():
            return path
        return order_file(path, orders, customers, first_order=first_order, seed=1 + (first_order > 0))


@dataclass(frozen=True)
class Figure:
    """One measured value, its reference in the same run, and what is aimed at.

    `value` and `reference` are wall time where they are times, `cpu` and `reference_cpu` the same in CPU time.
    """

    what: str
    value: float
    unit: str = "s"
    reference: float = 0.0
    reference_name: str = ""
    memory: float = 0.0
    aim: str = ""
    cpu: float = 0.0
    reference_cpu: float = 0.0
