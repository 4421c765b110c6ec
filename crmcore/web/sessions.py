"""Who is signed in, by the token in the cookie; and how often somebody guessed wrong."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

IDLE_SECONDS = 12 * 3600.0
GUESSES = 5
PAUSE_SECONDS = 60.0


@dataclass
class _Session:
    name: str
    last_used: float


@dataclass
class Sessions:
    """The signed-in people of one running server; they are forgotten when it ends. `now` tells the time."""

    now: Callable[[], float] = time.monotonic
    _by_token: dict[str, _Session] = field(default_factory=dict)

    def begin(self, name: str) -> str:
        """A fresh token for somebody who has shown the password."""
        token = secrets.token_urlsafe(32)
        self._by_token[token] = _Session(name, self.now())
        return token

    def who(self, token: str | None) -> str | None:
        """Whose token this is; None when it is nobody's, or was not used for long."""
        session = self._by_token.get(token or "")
        if session is None:
            return None
        if self.now() - session.last_used > IDLE_SECONDS:
            self.end(token)
            return None
        session.last_used = self.now()
        return session.name

    def end(self, token: str | None) -> None:
        """Forget a token."""
        self._by_token.pop(token or "", None)


@dataclass
class Guesses:
    """Tries with no right password, by where they came from: after a few, none is checked for a while."""

    now: Callable[[], float] = time.monotonic
    _wrong: dict[str, list[float]] = field(default_factory=dict)

    def wait(self, *sources: str) -> int:
        """How many seconds until the next try is looked at; 0 for now."""
        left = 0.0
        for source in sources:
            recent = [at for at in self._wrong.get(source, []) if self.now() - at < PAUSE_SECONDS]
            self._wrong[source] = recent
            if len(recent) >= GUESSES:
                left = max(left, PAUSE_SECONDS - (self.now() - recent[-1]))
            elif not recent:
                del self._wrong[source]
        return int(left + 0.999)

    def begin(self, *sources: str) -> None:
        """A password is about to be checked: it counts as wrong until `was_right` says otherwise."""
        now = self.now()
        for source in [one for one, tries in self._wrong.items() if now - tries[-1] >= PAUSE_SECONDS]:
            del self._wrong[source]
        for source in sources:
            self._wrong.setdefault(source, []).append(now)

    def was_right(self, *sources: str) -> None:
        """Somebody knew it: begin anew."""
        for source in sources:
            self._wrong.pop(source, None)
