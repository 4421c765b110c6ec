"""What asking the plugins gave: values with the plugin each came from, and the failures beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from crmcore.errors import PluginFailure

T = TypeVar("T")

ON, OFF, FAILED = "on", "off", "failed"


@dataclass(frozen=True)
class Results(Generic[T]):
    """The plugins' answers: `values` as (plugin name, value) in calling order, and what went wrong."""

    values: list[tuple[str, T]] = field(default_factory=list)
    failures: list[PluginFailure] = field(default_factory=list)

    def __iter__(self) -> Iterator[T]:
        """The values without their plugins."""
        return (value for _plugin, value in self.values)

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class PluginInfo:
    """One row of `crm plugin list`.

    `family`: importers, segment_rules, …, shop (a file of the shop's own) or the name of the package it came
    with. `version` is "" where there is none. `source` says where it is: built-in, a package, a file.
    `state`: on, off (switched off by the shop) or failed. `error` is one line: why it failed, or, while it is
    on, which part of it is left out, or what went wrong at its work in the last days. `hooks` are those it
    answers; `seconds` what loading took. `optional`: it is off until the shop switches it on.
    """

    name: str
    family: str
    version: str
    source: str
    state: str
    error: str = ""
    hooks: tuple[str, ...] = ()
    description: str = ""
    seconds: float = 0.0
    optional: bool = False
