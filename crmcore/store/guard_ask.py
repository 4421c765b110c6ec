"""What the guards are asked: for which purpose, by which channels, under which rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from crmcore.hooks.channel_values import AddressForm

# The control group is drawn in ten-thousandths.
PARTS = 10_000
# What a contact may be beside the kinds of identity: a field of the profile.
FIELD = "extra."
KINDS = ("email", "phone", "buyer")
FOREVER = 2**53


@dataclass(frozen=True)
class Via:
    """One channel that may be used: its number in `send_channels`, and the kinds of identity it can use.

    `consent` is the name under which people say yes or no to it: sms for every gateway of text messages.
    No kinds: it needs no address. `basis_since`: people who were never asked may be written to when they
    bought since that instant (0: ever); None: the shop has stated no basis. `forms` are what an address of a
    kind must look like.
    """

    number: int
    name: str
    kinds: tuple[str, ...]
    basis_since: int | None = None
    consent: str = ""
    forms: Mapping[str, AddressForm] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """What is asked about everybody in question.

    `via` are the channels, the preferred one first. `cap` promotions are the most since the instant
    `cap_since` (0: no cap). Money that went back since `refund_since` holds her back. `control` is the share
    of the control group in ten-thousandths, drawn by `seed`. `quiet` are the countries where it is night now
    ("" for customers without one); planning asks without. `again`: they have their place in this
    campaign, which neither speaks against them nor counts. `unless` (for follow-ups alone): whoever had the
    message before, and bought or replied since, is through with the campaign. `until`: what was said, sent
    or listed later than this instant does not count.
    """

    purpose: str
    via: tuple[Via, ...]
    cap: int = 0
    cap_since: int = 0
    refund_since: int = 0
    campaign_id: int = 0
    seed: int = 0
    control: int = 0
    quiet: frozenset[str] = frozenset()
    again: bool = False
    unless: tuple[str, ...] | None = None
    until: int = FOREVER

    @property
    def promotes(self) -> bool:
        """Whether it is a promotion: only these are capped, held back and need a yes."""
        return self.purpose == "promotion"

    def only(self, channel: str) -> Ask:
        """The same about one channel: that another one may be used is then no answer."""
        return replace(self, via=tuple(one for one in self.via if one.name == channel))
