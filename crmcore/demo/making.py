"""The demo's shop as a folder: made once, used again, made anew when its history has grown old.

`demo.json` in the folder says which day the demo was made for, so that nothing else is ever taken for a demo.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from crmcore.config import SHOP_FILE
from crmcore.demo.files import make_files
from crmcore.demo.filling import fill
from crmcore.demo.world import SEED
from crmcore.errors import CrmError
from crmcore.i18n import gettext as _
from crmcore.i18n import language
from crmcore.records.clock import Clock
from crmcore.records.settings import ShopSettings
from crmcore.shop import Shop

MARKER, FILES = "demo.json", "files"
ZONE, CURRENCY = "Asia/Shanghai", "CNY"
CATEGORY = "cosmetics"  # what the made-up shop sells: its plugin is switched on
_FACTS_SECONDS = 60.0
# What making the demo anew takes away; folders where people put things of their own stay.
_OURS = (SHOP_FILE, "shop.db", "shop.db-wal", "shop.db-shm", MARKER)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class DemoState:
    """Which demo stands in a folder: the day and seed it was made for, and whether it was finished."""

    today: date
    seed: int
    done: bool

    def age(self, today: date) -> int:
        """For how many days its history has stood still."""
        return (today - self.today).days


def default_folder() -> Path:
    """Where the demo is made unless somebody names a place: among the user's own data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("crmcore")) / "demo"


def current_day() -> date:
    """The day that it is in the demo's shop."""
    return Clock.at_present(ZONE).today


def state_of(folder: Path) -> DemoState | None:
    """The demo in that folder, None when there is none; raises `CrmError` when its marker cannot be read."""
    try:
        content = json.loads((folder / MARKER).read_text("utf-8"))
        return DemoState(date.fromisoformat(content["today"]), int(content["seed"]), content["done"] is True)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError):
        text = _("{file} cannot be read: delete the folder {folder} and run `crm demo` again")
        raise CrmError(text.format(file=folder / MARKER, folder=folder)) from None


def open_demo(folder: Path, progress: Progress, *, today: date | None = None, seed: int = SEED) -> Shop:
    """The demo's shop in that folder: the one that stands there, else a new one.

    `progress` is told in sentences what is being done. A demo that was not finished is made again. Raises
    `CrmError` when the folder holds something else.
    """
    state = state_of(folder)
    if state is not None and state.done:
        return Shop.open(folder)
    if state is None:
        _refuse_foreign(folder)
    return _make(folder, progress, today or current_day(), seed)


def refresh(folder: Path, progress: Progress, *, today: date | None = None) -> Shop:
    """Make the demo of that folder anew, shifted so that its history ends yesterday.

    What was written into it by hand is lost: ask before. Raises `CrmError` when no demo stands there.
    """
    state = state_of(folder)
    if state is None:
        raise CrmError(
            _("there is no demo in {folder}: make one with `crm demo {folder}`").format(folder=folder)
        )
    return _make(folder, progress, today or current_day(), state.seed)


def _make(folder: Path, progress: Progress, today: date, seed: int) -> Shop:
    _clear(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _mark(folder, today, seed, done=False)
    progress(_("writing made-up orders as files of Taobao, Shopify and the shop's own tables"))
    files = make_files(folder / FILES, today, seed)
    shop = Shop.create(folder, ShopSettings(CURRENCY, ZONE, language()))
    try:
        fill(shop, files, today, progress)
        progress(_("working out what cosmetics shops watch for"))
        shop.switch_plugin(CATEGORY, on=True)
        shop.freshen(_FACTS_SECONDS)
    except BaseException:
        shop.close()
        raise
    _mark(folder, today, seed, done=True)
    return shop


def _mark(folder: Path, today: date, seed: int, *, done: bool) -> None:
    content = {"today": today.isoformat(), "seed": seed, "done": done}
    (folder / MARKER).write_text(json.dumps(content) + "\n", "utf-8")


def _clear(folder: Path) -> None:
    for name in _OURS:
        (folder / name).unlink(missing_ok=True)
    if (folder / FILES).is_dir():
        shutil.rmtree(folder / FILES)


def _refuse_foreign(folder: Path) -> None:
    """A demo never mixes with what somebody else put there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        text = _("{folder} is not empty and holds no demo: name an empty or new folder for it")
        raise CrmError(text.format(folder=folder))
