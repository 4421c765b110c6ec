"""Where a shop is and what it is set to: its folder, `shop.yaml`, and the shop opened last.

A shop is a folder (`shop.yaml`, `shop.db`, `plugins/`, `exports/`, `backups/`, `logs/`) or a database URL.
Importing this module is cheap: nothing heavy is loaded before a shop is really read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmcore.errors import CrmError, FileError, NotFoundError, system_reason
from crmcore.i18n import LANGUAGES, joined
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.records.settings import ShopSettings

SHOP_FILE = "shop.yaml"
FOLDERS = ("plugins", "exports", "backups", "logs")
KEYS = ("database", "language", "currency", "time_zone")
_LANGUAGE_LINE = re.compile(r"^language:\s*['\"]?(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class ShopPlace:
    """Where one shop is: its folder (None for a bare URL), its database's URL, its file's settings."""

    folder: Path | None
    url: str
    settings: ShopSettings | None

    @property
    def shown(self) -> str:
        """How people name it: the folder, or the URL without its password."""
        return str(self.folder) if self.folder else hide_password(self.url)


def hide_password(url: str) -> str:
    """The URL with `***` where its password stands."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def is_url(text: str) -> bool:
    """Whether the user named a database URL and not a path."""
    return re.match(r"^[a-z][a-z0-9+]*://|^sqlite:", text) is not None


def is_url_of_database(path: Path) -> bool:
    """Whether somebody gave a database's URL where a folder belongs: as a path it has one slash less."""
    return re.match(r"^(postgresql|sqlite)[a-z0-9+]*:/", path.as_posix()) is not None


def locate(named: str) -> ShopPlace:
    """The shop at a path (its folder, its shop.yaml, or a database file such as a backup) or at a URL.

    Raises `NotFoundError` when there is none, `CrmError` when its file cannot be used.
    """
    if is_url(named):
        return ShopPlace(None, named, None)
    path = Path(named).expanduser()
    if path.is_file() and path.name != SHOP_FILE:
        return ShopPlace(None, sqlite_url(path.resolve()), None)
    folder = path.parent if path.name == SHOP_FILE else path
    if not (folder / SHOP_FILE).is_file():
        raise NotFoundError(
            _("there is no shop in {folder} (no {file}): make one with `crm init {folder}`").format(
                folder=folder, file=SHOP_FILE
            )
        )
    return read_shop_file(folder.resolve())


def find_named(
    option: str | None, environ: Mapping[str, str] | None = None, start: Path | None = None
) -> str | None:
    """What names the shop to open: the option, $CRM_SHOP, the nearest folder upward, the one opened last."""
    environ = os.environ if environ is None else environ
    if named := option or environ.get("CRM_SHOP"):
        return named
    here = start or Path.cwd()
    for folder in (here, *here.parents):
        if (folder / SHOP_FILE).is_file():
            return str(folder)
    return last_opened()


def peek_language(named: str | None) -> str | None:
    """The language a shop's file states, read without parsing it: help is shown before a shop is opened."""
    if not named or is_url(named):
        return None
    path = Path(named).expanduser()
    try:
        text = (path if path.name == SHOP_FILE else path / SHOP_FILE).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = _LANGUAGE_LINE.search(text)
    return found[1] if found and found[1] in LANGUAGES else None


def read_shop_file(folder: Path) -> ShopPlace:
    """The shop of that folder; raises `CrmError` naming the file, the key and the choices."""
    import yaml

    from crmcore.records.settings import ShopSettings

    file = folder / SHOP_FILE
    try:
        content = yaml.safe_load(file.read_text("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, OSError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else " ".join(str(error).split())
        raise CrmError(_("{file} cannot be read: {reason}").format(file=file, reason=reason)) from error
    if not isinstance(content, dict):
        raise CrmError(_("{file} must hold the keys {keys}").format(file=file, keys=joined(KEYS)))
    if unknown := [str(key) for key in content if key not in KEYS]:
        raise CrmError(
            _("{file}: unknown key {key!r}; the keys are {keys}").format(
                file=file, key=unknown[0], keys=joined(KEYS)
            )
        )
    for key, value in content.items():
        if not isinstance(value, str) or "\0" in value:
            raise CrmError(
                _("{file}: {key} must be text, it is {value!r}").format(file=file, key=key, value=value)
            )
    try:
        settings = ShopSettings(**{key: content[key] for key in KEYS[1:] if key in content}).checked()
    except CrmError as error:
        raise CrmError(f"{file}: {error}") from error
    return ShopPlace(folder, database_url(content.get("database", "shop.db"), folder), settings)


def database_url(database: str, folder: Path) -> str:
    """The URL of a shop file's `database`: itself, or that of an SQLite file named relative to the folder."""
    if is_url(database):
        return database
    return sqlite_url((folder / database).resolve())


def sqlite_url(file: Path) -> str:
    """The URL of an SQLite file; what a URL reads otherwise is escaped: folders are called `5%` too."""
    return f"sqlite:///{file.as_posix().replace('%', '%25').replace('?', '%3F')}"


def write_shop_file(folder: Path, database: str, settings: ShopSettings) -> None:
    """Write `shop.yaml` in one step: a half-written one is never seen. Raises `FileError`."""
    import yaml

    from crmcore.temporary import draft_of

    values = {
        "database": database,
        "language": settings.language,
        "currency": settings.currency,
        "time_zone": settings.time_zone,
    }
    with draft_of(folder / SHOP_FILE) as draft:
        draft.touch(mode=0o600 if hide_password(database) != database else 0o666)
        draft.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), "utf-8")


def last_opened() -> str | None:
    """The shop that was opened last on this computer, where it still is one."""
    try:
        named = _state_file().read_text("utf-8", "surrogateescape").strip()
    except OSError:
        return None
    if named and (is_url(named) or (Path(named) / SHOP_FILE).is_file()):
        return named
    return None


def remember_opened(place: ShopPlace) -> None:
    """Keep the shop as the one opened last. URLs are not kept: they may hold a password."""
    if place.folder is None or str(place.folder) == last_opened():
        return
    from crmcore.temporary import draft_of

    file = _state_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft_of(file) as draft:
            draft.write_text(str(place.folder), "utf-8", "surrogateescape")  # its name may be no text
    except (OSError, FileError):  # a home that cannot be written to costs the convenience, nothing else
        return


def log_folder(place: ShopPlace | None) -> Path:
    """Where the tracebacks of this shop go; those of no shop go to the user's own log folder."""
    if place is not None and place.folder is not None:
        return place.folder / "logs"
    import platformdirs

    return Path(platformdirs.user_log_dir("crmcore"))


def _state_file() -> Path:
    import platformdirs

    return Path(platformdirs.user_state_dir("crmcore")) / "last-shop"
