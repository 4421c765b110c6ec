"""Passwords and keys of channels: read from the environment, never kept in the database."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

PREFIX = "CRM_SECRET_"
_BLACK = "***"
_SHORTEST = 4  # what is shorter would blacken every second word


def variable(name: str) -> str:
    """The environment variable that holds a secret: email_password -> CRM_SECRET_EMAIL_PASSWORD."""
    return PREFIX + name.upper()


def read(name: str, environment: Mapping[str, str] | None = None) -> str | None:
    """The secret of that name; None when it is not there."""
    return (os.environ if environment is None else environment).get(variable(name)) or None


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process that runs plugins: each is handed its own secrets, and finds no other."""
    return {name: value for name, value in environment.items() if not name.upper().startswith(PREFIX)}


def blackened(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret in it replaced by ***."""
    for one in sorted(secrets, key=len, reverse=True):
        if len(one) >= _SHORTEST:
            text = text.replace(one, _BLACK)
    return text
