"""What campaigns need of a shop."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tinydb import TinyDB

    from crmcore.calendar.calendar import Calendar
    from crmcore.hooks.manager import PluginManager
    from crmcore.messages.channels import Channels
    from crmcore.messages.templates import Templates
    from crmcore.playbook.playbook import Playbook
    from crmcore.records.clock import Clock
    from crmcore.records.interaction import InteractionKind
    from crmcore.records.settings import ShopSettings
    from crmcore.segments.segments import Segments
    from crmcore.store.database import Database, Write
    from crmcore.store.facts import Facts


class ShopLike(Protocol):
    """The part of an open shop that campaigns use."""

    actor: str

    @property
    def database(self) -> Database: ...  # noqa: D102
    @property
    def settings(self) -> ShopSettings: ...  # noqa: D102
    @property
    def documents(self) -> TinyDB: ...  # noqa: D102
    @property
    def playbook(self) -> Playbook: ...  # noqa: D102
    @property
    def plugins(self) -> PluginManager: ...  # noqa: D102
    @property
    def segments(self) -> Segments: ...  # noqa: D102
    @property
    def channels(self) -> Channels: ...  # noqa: D102
    @property
    def templates(self) -> Templates: ...  # noqa: D102
    @property
    def calendar(self) -> Calendar: ...  # noqa: D102
    @property
    def facts(self) -> Facts: ...  # noqa: D102
    @property
    def kinds(self) -> Mapping[str, InteractionKind]: ...  # noqa: D102
    def clock(self, as_of: date | None = None) -> Clock: ...  # noqa: D102
    def permit(self, action: str) -> None: ...  # noqa: D102
    def write(self, why: str, kind: str = "edit") -> AbstractContextManager[Write]: ...  # noqa: D102
