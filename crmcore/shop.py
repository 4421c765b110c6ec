"""One open shop: its database, plugins, settings and services; what faces, scripts and actions hold."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from crmcore import config, opening
from crmcore.errors import CrmError
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.manager import PluginManager
from crmcore.i18n import gettext as _
from crmcore.records.clock import Clock
from crmcore.records.settings import ShopSettings
from crmcore.store.database import Write

Gate = Callable[[str, str], bool]  # actor, action -> allowed


class Shop:
    """One open shop. Make one with `Shop.open` or `Shop.create`; close it, or use it as a context manager.

    `place` says where it is, `settings` what it is set to, `actor` who is at work (it stands beside every
    change). `gate` is asked before each act: it says yes until roles come.
    """

    def __init__(self, opened: opening.Opened, actor: str | None = None) -> None:
        self.place = opened.place
        self.database = opened.database
        self.settings = opened.settings
        self.actor = actor or _user()
        self.gate: Gate = lambda _actor, _action: True

    @classmethod
    def open(cls, path_or_url: str | Path, actor: str | None = None) -> Self:
        """Open the shop in a folder or behind a database URL; raises what `opening.open_shop` raises."""
        return cls(opening.open_shop(str(path_or_url)), actor)

    @classmethod
    def create(
        cls,
        folder: Path | None,
        settings: ShopSettings,
        database: str | None = None,
        actor: str | None = None,
    ) -> Self:
        """Make a shop in a folder or in a database; raises what `opening.create_shop` raises."""
        return cls(opening.create_shop(folder, settings, database), actor)

    @cached_property
    def plugins(self) -> PluginManager:
        """The plugins of this shop, loaded at the first use."""
        return PluginManager.load(self.plugin_config)

    @property
    def plugin_config(self) -> PluginConfig:
        """What it takes to load this shop's plugins here or in a worker process."""
        return PluginConfig(folder=self.place.folder, logs=self.log_folder)

    @property
    def log_folder(self) -> Path:
        """Where this shop's logs go."""
        return config.log_folder(self.place)

    def write(self, why: str, kind: str = "edit") -> AbstractContextManager[Write]:
        """One act of writing under this actor's name; see `Database.write`."""
        return self.database.write(why, actor=self.actor, kind=kind)

    def clock(self, as_of: date | None = None) -> Clock:
        """Now and today of this shop, or the end of the day `as_of`."""
        return Clock.at_present(self.settings.time_zone).on(as_of)

    def permit(self, action: str) -> None:
        """Raise `CrmError` unless the actor may do this; every act below the faces passes here."""
        if not self.gate(self.actor, action):
            raise CrmError(_("{actor} may not do this: {action}").format(actor=self.actor, action=action))

    def close(self) -> None:
        """Let go of the database."""
        self.database.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _user() -> str:
    """Who is at work: $CRM_ACTOR, else the system's name of the user."""
    if name := os.environ.get("CRM_ACTOR"):
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name (containers), or no such database
        return "unknown"
