"""Passwords and keys of channels: in the environment or the system's keyring, never in the shop.

The environment goes first (`CRM_SECRET_EMAIL_PASSWORD`), for servers; a person's computer keeps them in the
keyring, by the library `keyring` where it is installed. A secret is never in the database, a pack, a log or a
message: what leaves a channel is blackened.
"""

from __future__ import annotations

import base64
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote, quote_plus

from crmcore.errors import CrmError, UsageError
from crmcore.i18n import gettext as _

PREFIX = "CRM_SECRET_"
SERVICE = "crmcore"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,79}")
_BLACK = "***"
_SHORTEST = 4  # what is shorter would blacken every second word
_LONGEST = 10_000


@dataclass(frozen=True)
class Place:
    """Where a secret stands: `environment`, `keyring`, or "" where it is nowhere."""

    name: str
    place: str


def variable(name: str) -> str:
    """The environment variable that holds a secret: email_password -> CRM_SECRET_EMAIL_PASSWORD."""
    return PREFIX + name.upper()


def read(name: str, shop: str = "") -> str | None:
    """The secret of that name, of the shop named so first, else of any; None when it is nowhere.

    Raises `CrmError` when the keyring is there and cannot be asked.
    """
    if value := os.environ.get(variable(name)):
        return value
    return _kept(_entry(name, shop)) or (_kept(name) if shop else None)


def where(name: str, shop: str = "") -> Place:
    """Where a secret stands, without telling it; a keyring that is locked counts as having none."""
    if os.environ.get(variable(name)):
        return Place(name, "environment")
    try:
        return Place(name, "keyring" if read(name, shop) else "")
    except CrmError:
        return Place(name, "")


def keep(name: str, value: str, shop: str = "") -> None:
    """Keep a secret in the system's keyring; raises `UsageError`, `CrmError` where there is no keyring."""
    _check(name)
    if not value:
        raise UsageError(_("no secret was given: type it when asked, or pipe it in"))
    if len(value) > _LONGEST or "\0" in value:
        raise UsageError(_("a secret is a text of at most {most} characters").format(most=_LONGEST))
    keyring = _keyring()
    if keyring is None:
        raise CrmError(
            _(
                "there is no keyring on this computer: install the extra crmcore[keyring], or set the "
                "environment variable {variable} where crm runs"
            ).format(variable=variable(name))
        )
    with _told(keyring):
        keyring.set_password(SERVICE, _entry(name, shop), value)


def forget(name: str, shop: str = "") -> bool:
    """Take a secret out of the keyring; whether it was there. Raises `CrmError` when it cannot be asked."""
    _check(name)
    keyring = _keyring()
    if keyring is None or _kept(_entry(name, shop)) is None:
        return False
    with _told(keyring):
        keyring.delete_password(SERVICE, _entry(name, shop))
    return True


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process that runs plugins: each is handed its own secrets, and finds no other."""
    return {name: value for name, value in environment.items() if not name.upper().startswith(PREFIX)}


def blackened(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret in it replaced by ***, also where it is quoted or in base64."""
    for one in sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True):
        text = text.replace(one, _BLACK)
    return text


def _forms(secret: str) -> Iterator[str]:
    if len(secret) < _SHORTEST:
        return
    data = secret.encode("utf-8", "surrogatepass")
    yield from (secret, repr(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), data.hex())
    encoded = base64.b64encode(data).decode()
    yield from (encoded, encoded.rstrip("="))
    yield base64.urlsafe_b64encode(data).decode().rstrip("=")


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            _("{name!r} is no name of a secret: small letters, digits and _, such as email_password").format(
                name=name
            )
        )


def _entry(name: str, shop: str) -> str:
    """What the keyring calls it: shops on one computer have secrets of their own."""
    return f"{shop}/{name}" if shop else name


def _kept(entry: str) -> str | None:
    keyring = _keyring()
    if keyring is None:
        return None
    with _told(keyring):
        found: str | None = keyring.get_password(SERVICE, entry)
    return found


def _keyring() -> Any:
    """The keyring, None where there is none that keeps anything."""
    if find_spec("keyring") is None:
        return None
    if sys.platform != "darwin":
        # It loads what it has for every system, and that of macOS looks for its libraries by gcc and ld.
        sys.modules.setdefault("keyring.backends.macOS.api", None)  # type: ignore[arg-type]
    keyring = import_module("keyring")
    name = type(keyring.get_keyring()).__module__
    return None if name in ("keyring.backends.fail", "keyring.backends.null") else keyring


class _told:  # noqa: N801 - used as a block
    """A keyring that does not answer is told as such, without what was asked."""

    def __init__(self, keyring: Any) -> None:
        self._error = keyring.errors.KeyringError

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is not None and isinstance(error, self._error):
            raise CrmError(
                _("the keyring does not answer ({kind})").format(kind=type(error).__name__)
            ) from None
