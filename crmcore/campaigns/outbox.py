"""The messages of one run by one channel: places taken, words written out, addresses and texts checked."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from crmcore.campaigns.body import Body
from crmcore.campaigns.claiming import Claimer
from crmcore.campaigns.texts import write_out
from crmcore.hooks.channel_values import Address, Outgoing
from crmcore.i18n import gettext as _
from crmcore.i18n import in_words
from crmcore.messages.render_job import Rendered
from crmcore.store.campaign_rows import CampaignRow
from crmcore.store.contacts import Reachable, reachable
from crmcore.store.ledger import Place, key_of

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike
    from crmcore.hooks.channels import Channel


@dataclass
class Letter:
    """One message that is ready to go out, and the row of the ledger it stands in."""

    send_id: int
    channel: str
    message: Outgoing
    person: int
    step: int
    identity_id: int | None  # the address that the guards let through
    cost: Decimal = Decimal(0)
    asked_at: float = field(default_factory=time.monotonic)  # when the guards last let it through
    tries: int = 0

    @property
    def kept_text(self) -> str:
        """What the ledger keeps of it."""
        subject = self.message.subject
        return f"{subject}\n{self.message.text}" if subject else self.message.text


class Outbox:
    """What is ready to go out by one channel, and what the channel has in hand."""

    def __init__(
        self, shop: ShopLike, row: CampaignRow, body: Body, claimer: Claimer, channel: Channel, places: int
    ) -> None:
        self._shop, self._row, self._body = shop, row, body
        self._claimer, self._channel, self._places = claimer, channel, places
        self._ready: deque[Letter] = deque()
        self._later: list[tuple[float, int, Letter]] = []
        self._out: dict[str, Letter] = {}
        self._refused: list[tuple[Letter, str]] = []
        self._again = False
        self.seen = 0

    def fill(self) -> bool:
        """Take the next places of the plan; False when there is nobody left."""
        while True:
            claim = self._claimer.next(self._channel.name, self._places, again=self._again)
            if not claim.running:
                return False
            if not claim.more:
                if self._again:
                    return False
                self._again = True  # and now those whose reason may have passed meanwhile
                continue
            self._make(claim.places, claim.codes)
            self.seen += len(claim.places)
            return True

    def next(self, count: int, now: float) -> list[Letter]:
        """The next letters; those that are to be tried again come when their time has come."""
        found: list[Letter] = []
        while len(found) < count:
            if self._later and self._later[0][0] <= now:
                found.append(heapq.heappop(self._later)[2])
            elif self._ready:
                found.append(self._ready.popleft())
            else:
                break
        return found

    @property
    def next_try(self) -> float | None:
        """When the next letter is to be tried again, on the monotonic clock."""
        return self._later[0][0] if self._later else None

    def handed(self, letters: Sequence[Letter]) -> None:
        """These are the channel's now."""
        for one in letters:
            one.tries += 1
            self._out[one.message.key] = one

    def put_back(self, letters: Sequence[Letter]) -> None:
        """It is not their turn yet: they are the next ones."""
        self._ready.extendleft(reversed(letters))

    def answered(self, key: str) -> Letter | None:
        """The letter a receipt is about."""
        return self._out.pop(key, None)

    def again(self, letter: Letter, at: float) -> None:
        """Try it again at that moment."""
        heapq.heappush(self._later, (at, letter.send_id, letter))

    def unanswered(self) -> list[Letter]:
        """What the channel took and never answered."""
        found, self._out = list(self._out.values()), {}
        return found

    def left(self) -> list[Letter]:
        """What was never handed over."""
        found = [*self._ready, *(entry[2] for entry in self._later)]
        self._ready, self._later = deque(), []
        return found

    def all_ready(self) -> list[Letter]:
        """Everything that is ready, taken out."""
        found, self._ready = list(self._ready), deque()
        return found

    def take_refused(self) -> list[tuple[Letter, str]]:
        """What cannot be sent, and why; each is told once."""
        found, self._refused = self._refused, []
        return found

    # --- making letters ---------------------------------------------------------------------------------

    def _make(self, places: Sequence[Place], codes: dict[int, str]) -> None:
        if not places:
            return
        with self._shop.database.read() as connection:
            found = reachable(connection, [one.person for one in places], tuple(self._channel.address_kinds))
        people = [found[one.person] for one in places]
        ids = [one.id for one in people]
        written = write_out(self._shop, self._body, self._channel.name, ids, codes)
        addresses = self._addresses(people)
        letters = [
            self._letter(place, person, words, address)
            for place, person, words, address in zip(places, people, written, addresses, strict=True)
        ]
        problems = [
            words.problem or _problem(self._channel, address)
            for words, address in zip(written, addresses, strict=True)
        ]
        self._check(letters, problems)

    def _addresses(self, people: Sequence[Reachable]) -> list[Address | None]:
        if not self._channel.address_kinds:
            return [Address("")] * len(people)
        return self._shop.channels.addresses(self._channel.name, [one.contacts for one in people])

    def _letter(self, place: Place, person: Reachable, words: Rendered, address: Address | None) -> Letter:
        message = Outgoing(
            key=key_of(self._row.id, place.person, place.step),
            to=address.value if address else "",
            purpose=self._body.purpose,
            text=words.text,
            subject=words.subject if self._channel.has_subject else "",
            html=words.html if self._channel.has_html else "",
            name=person.called,
        )
        return Letter(place.id, self._channel.name, message, place.person, place.step, place.identity_id)

    def _check(self, letters: Sequence[Letter], problems: Sequence[str]) -> None:
        """The channel's own word about each message: an error keeps it in, the cost is what it says."""
        good = [one for one, problem in zip(letters, problems, strict=True) if not problem]
        self._refused += [(one, problem) for one, problem in zip(letters, problems, strict=True) if problem]
        if not good:
            return
        checks = self._shop.channels.checks(self._channel.name, [one.message for one in good])
        for letter, checked in zip(good, checks, strict=True):
            errors = [in_words(one.text) for one in checked.problems if one.error]
            letter.cost = checked.cost
            if errors:
                self._refused.append((letter, errors[0]))
            else:
                self._ready.append(letter)


def _problem(channel: Channel, address: Address | None) -> str:
    if not channel.address_kinds:
        return ""
    if address is None or not (address.value or address.problem):
        return _("no address for it")
    return address.problem
