"""Channels that do what is asked of them, and one that is worked by hand."""

from decimal import Decimal

from crmcore import Channel, Checked, Contact, Fetched, Happened, Outcome, Problem, Receipt, hookimpl


class Board(Channel):
    name, zh, en = "board", "公告板", "Notice board"
    about = {"zh": "免费", "en": "free"}
    address_kinds = ("email", "phone")
    secrets = ("pin",)
    optional_secrets = ("nick",)

    def check(self, message):
        problems = [Problem({"zh": "没有字", "en": "no words"})] if not message.text else []
        return Checked(problems, len(message.text) // 10 + 1, Decimal("0.045"))

    def send(self, messages):
        for one in messages:
            yield Receipt(
                one.key,
                "accepted",
                f"ref-{one.key}",
                f"{self.secret('pin')} {self.secret('nick')}",
                Decimal("0.1"),
            )

    def fetch(self, since, waiting):
        return Fetched([Happened("delivered", 1_700_000_000, key=one.key) for one in waiting], f"{since}+1")

    def probe(self):
        return f"hello {self.secret('pin')}"


class Letters(Channel):
    name, zh, en = "letters", "手写信", "Letters by hand"
    manual = True
    outcomes = (Outcome("sent", "d", "delivered", "寄了", "Posted"),)

    def address(self, contacts: list[Contact]):
        return None


@hookimpl
def crm_channels():
    return [Board(), Letters()]
