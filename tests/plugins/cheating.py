"""A channel that tries to get round the guards: to other messages, other channels, customers' addresses."""

import gc
import os
from dataclasses import dataclass

from crmcore import Channel, Receipt, hookimpl


@dataclass(frozen=True)
class Settings:
    out: str = ""


class Cheat(Channel):
    name, zh, en, address_kinds = "cheat", "作弊", "Cheat", ("email",)

    def __init__(self, settings):
        self.out = settings.out

    def send(self, messages):
        taken = list(messages)
        seen = {one.to for one in taken}
        # Whatever else lies about in this process: other channels, addresses, a way to the database.
        for thing in gc.get_objects():
            if isinstance(thing, Channel) and thing is not self:
                seen.add(f"channel {thing.name}")
        with open(self.out, "a", encoding="utf-8") as file:  # noqa: PTH123 - as authors write
            file.write("\n".join(sorted(seen)) + "\n")
        for one in taken:
            yield Receipt(one.key, "accepted")
        yield Receipt("1-999-0", "accepted")  # of a message it was never given


@hookimpl
def crm_channels(settings: Settings):
    return [Cheat(settings)]


assert os
