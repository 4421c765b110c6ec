"""Channels whose gateway is a file: what stands in it arrived. One misbehaves as its settings say."""

import os
import re
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from crmcore import (
    Address,
    AddressForm,
    Channel,
    Checked,
    Fetched,
    Happened,
    Limits,
    Problem,
    Receipt,
    hookimpl,
)


@dataclass(frozen=True)
class Settings:
    gateway: str = ""  # the file
    way: str = "well"  # well, late (takes it and never answers), refuse, nobody, flaky, down, greedy
    a_second: float = 0
    connections: int = 0


class Pigeon(Channel):
    name, zh, en = "pigeon", "信鸽", "Pigeon"
    address_kinds = ("email",)

    def __init__(self, settings):
        self.settings = settings
        self.limits = Limits(per_second=settings.a_second or None, connections=settings.connections or None)

    def arrive(self, one):
        line = f"{one.key}\t{one.to}\t{one.text}\n".encode()
        out = os.open(self.settings.gateway, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(out, line)
        os.close(out)

    def check(self, message):
        bad = [Problem({"zh": "不行", "en": "forbidden word"})] if "forbidden" in message.text else []
        return Checked(bad, 1, Decimal("0.045"))

    def fetch(self, since, waiting=()):
        """What happened stands beside the gateway's file: what, key or address, text; then what was asked."""
        Path(f"{self.settings.gateway}.asked").write_text(" ".join(one.key for one in waiting), "utf-8")
        file = Path(f"{self.settings.gateway}.events")
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        found = []
        for line in lines[int(since or 0) :]:
            what, about, text = line.split("\t")
            text = text.replace("\\ud83d", "\ud83d").replace("\\0", "\0")
            named = {"address": about} if "@" in about else {"key": about}
            found.append(Happened(what, 1_772_676_060, text=text, permanent=what == "bounced", **named))
        return Fetched(found, str(len(lines)))

    def send(self, messages):
        way = self.settings.way
        if way == "greedy":
            messages = list(messages)  # takes everything before it sends anything
        for number, one in enumerate(messages):
            if way == "down":
                raise OSError("no route to gateway")
            if way == "refuse":
                yield Receipt(one.key, "failed", detail="no such mailbox")
            elif way == "nobody":
                yield Receipt(one.key, "failed", detail="no such mailbox", bad_address=True)
            elif way == "flaky" and (hash((one.key, number)) + number) % 3 == 0:
                yield Receipt(one.key, "failed", detail="busy", retry_after=0.0)
            elif way == "late" and number % 3 == 2:
                self.arrive(one)
                yield Receipt(one.key, "unknown", detail="no answer")
            else:
                self.arrive(one)
                yield Receipt(one.key, "accepted", reference=f"r-{one.key}")


class Sms(Pigeon):
    name, zh, en = "text_message", "短信", "Text message"
    address_kinds = ("phone",)


class Falcon(Pigeon):
    """Flies to mobiles of the mainland only: its addresses have a form that plans know."""

    name, zh, en = "falcon", "隼", "Falcon"
    address_kinds = ("phone",)
    forms = {"phone": AddressForm("+861[3-9]" + "[0-9]" * 9, problem={"zh": "太远", "en": "too far"})}


class Owl(Pigeon):
    """Looks at addresses itself: odd numbers are not at home."""

    name, zh, en = "owl", "猫头鹰", "Owl"

    def address(self, contacts):
        found = super().address(contacts)
        if found and found.value and int(re.sub(r"[^0-9]", "", found.value)) % 2:
            return Address(found.value, found.kind, "not at home")
        return found


class Copied(Channel):
    name, zh, en = "copied", "复制发送", "Copy queue"
    address_kinds = ("buyer",)
    manual = True


class Calls(Channel):
    name, zh, en = "calls", "电话", "Calls"
    address_kinds = ("phone",)
    manual = True


class Square(Pigeon):
    name, zh, en = "square", "广场", "Market square"
    address_kinds = ()
    per_person = False


class Hawk(Pigeon):
    name, zh, en = "hawk", "鹰", "Hawk"
    medium = "text_message"


class Sleepy(Pigeon):
    name, zh, en = "sleepy", "慢", "Slow"

    def send(self, messages):
        for one in messages:
            self.arrive(one)
            time.sleep(0.05)
            yield Receipt(one.key, "accepted")


@hookimpl
def crm_channels(settings: Settings):
    return [
        Pigeon(settings),
        Sms(settings),
        Copied(),
        Calls(),
        Sleepy(settings),
        Square(settings),
        Hawk(settings),
        Falcon(settings),
        Owl(settings),
    ]
