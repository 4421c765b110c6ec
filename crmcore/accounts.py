"""Who may sign in from a browser: names and password hashes, kept as documents of the shop.

Passwords are hashed with scrypt (RFC 7914) of the standard library, with the cost that the OWASP password
storage cheat sheet gives as its minimum for scrypt with one lane: N = 2^17, r = 8, p = 1 (128 MB).
The cost stands beside each hash, so it can be raised later.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcore.errors import CrmError, NotFoundError, UsageError
from crmcore.i18n import gettext as _
from crmcore.i18n import joined
from crmcore.rules.where import where

if TYPE_CHECKING:
    from tinydb import TinyDB
    from tinydb.table import Document

TABLE = "accounts"
SHORTEST = 10  # characters of a password; NIST SP 800-63B asks for 8 and no rules of composition
_LONGEST = 1024  # so that nobody makes us hash a book
LONGEST_NAME = 64
_NAME = re.compile(rf"[\w.@-]{{1,{LONGEST_NAME}}}")
_NO_SALT = base64.b64encode(bytes(16)).decode()


@dataclass(frozen=True)
class Cost:
    """What a hash costs: scrypt's N, r and p."""

    n: int = 2**17
    r: int = 8
    p: int = 1


class Accounts:
    """The accounts of one shop; `documents` is its TinyDB."""

    def __init__(self, documents: TinyDB, cost: Cost | None = None) -> None:
        self._table = documents.table(TABLE)
        self._cost = cost or Cost()

    def names(self) -> list[str]:
        """Who may sign in, by name."""
        return sorted(str(row["name"]) for row in self._table.all())

    def has(self, name: str) -> bool:
        """Whether somebody of that name may sign in."""
        return self._row(name) is not None

    def add(self, name: str, password: str) -> None:
        """Let somebody sign in; raises `CrmError` for a name that is taken, `UsageError` for a bad one."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                _("{name!r} cannot be a name to sign in with: letters, digits, . _ - @, 64 at most").format(
                    name=name
                )
            )
        if self.has(name):
            raise CrmError(_("{name} has an account already").format(name=name))
        self._table.insert({"name": name, **self._hashed(password)})

    def change(self, name: str, password: str) -> None:
        """Give an account another password; raises `NotFoundError`, `UsageError`."""
        self._require(name)
        self._table.update(self._hashed(password), where("name") == name)

    def remove(self, name: str) -> None:
        """Let somebody sign in no more; raises `NotFoundError`."""
        self._require(name)
        self._table.remove(where("name") == name)

    def check(self, name: str, password: str) -> bool:
        """Whether this is the password of that account; an unknown name takes as long as a wrong password."""
        row = self._row(name)
        cost = Cost(row["n"], row["r"], row["p"]) if row else self._cost
        made = _scrypt(password[:_LONGEST], str(row["salt"]) if row else _NO_SALT, cost)
        return hmac.compare_digest(made, str(row["hash"]) if row else "") and row is not None

    def _row(self, name: str) -> Document | None:
        found = self._table.search(where("name") == name)
        return found[0] if found else None

    def _require(self, name: str) -> None:
        if not self.has(name):
            text = _("nobody can sign in yet: crm account add NAME")
            if names := self.names():
                text = _("nobody named {name} can sign in; there are: {names}")
            raise NotFoundError(text.format(name=name, names=joined(names)))

    def _hashed(self, password: str) -> dict[str, object]:
        if len(password) < SHORTEST:
            raise UsageError(_("a password has {count} characters at least").format(count=SHORTEST))
        if len(password) > _LONGEST:
            raise UsageError(_("a password has {count} characters at most").format(count=_LONGEST))
        salt = base64.b64encode(os.urandom(16)).decode()
        cost = self._cost
        return {"salt": salt, "hash": _scrypt(password, salt, cost), "n": cost.n, "r": cost.r, "p": cost.p}


def _scrypt(password: str, salt: str, cost: Cost) -> str:
    made = hashlib.scrypt(
        password.encode(),
        salt=base64.b64decode(salt),
        n=cost.n,
        r=cost.r,
        p=cost.p,
        maxmem=256 * cost.n * cost.r,
        dklen=32,
    )
    return base64.b64encode(made).decode()
