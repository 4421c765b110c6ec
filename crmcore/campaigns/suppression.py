"""The suppression list as people fill it: typed addresses, customers, files of addresses."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmcore.errors import FileError, UsageError, system_reason
from crmcore.i18n import gettext as _
from crmcore.records.identity import email_identity, is_masked, normal_buyer, phone_identity
from crmcore.store.customers import living
from crmcore.store.suppressing import suppress, suppress_person

if TYPE_CHECKING:
    from crmcore.campaigns.shop import ShopLike

# Headers by which exports of gateways and shops name the column.
_COLUMNS = {
    "phone": ("phone", "mobile", "手机", "手机号", "手机号码", "电话", "号码", "接收号码"),
    "email": ("email", "e-mail", "mail", "邮箱", "邮件", "邮箱地址"),
    "buyer": ("buyer", "buyer_ref", "买家", "买家昵称", "会员名", "买家会员名", "旺旺"),
    "address": ("address", "recipient", "地址", "接收人"),
}


@dataclass(frozen=True)
class Listed:
    """What a file of addresses came to; `problems` are (line, why)."""

    read: int
    added: int
    problems: tuple[tuple[int, str], ...]

    @property
    def rejected(self) -> int:
        """Rows without a usable address."""
        return len(self.problems)

    def counts(self) -> dict[str, int]:
        """The figures; read is the sum of the others."""
        same = self.read - self.added - self.rejected
        return {"read": self.read, "added": self.added, "same": same, "rejected": self.rejected}

    def as_json(self) -> dict[str, object]:
        """As JSON values."""
        return {**self.counts(), "problems": [{"line": line, "why": why} for line, why in self.problems]}


def add(shop: ShopLike, addresses: Sequence[str], customers: Sequence[int], reason: str | None) -> int:
    """Put typed addresses and customers on the list; returns how many are new. Raises `UsageError`."""
    shop.permit("suppress")
    pairs = [kind_and_value(text, shop.settings.currency) for text in addresses]
    now = shop.clock().now
    with shop.write(_("added to the suppression list")) as write:
        new = suppress(write, pairs, at=now, source="staff", reason=reason)
        for number in customers:
            suppress_person(write, living(write.connection, number), at=now, source="staff", reason=reason)
            new += 1
    return new


def kind_and_value(text: str, currency: str, kind: str = "address") -> tuple[str, str]:
    """The kind and normal form of an address as it was written; raises `UsageError` where it is none."""
    if kind == "buyer":
        if value := normal_buyer(text):
            return "buyer", value
        raise UsageError(_("a buyer id cannot be empty"))
    if is_masked(text):
        raise UsageError(_("{text!r} is hidden in part: it names nobody").format(text=text))
    if kind == "email" or (kind == "address" and "@" in text):
        return "email", email_identity(text).value
    return "phone", phone_identity(text, currency).value


def read_file(shop: ShopLike, file: Path, reason: str | None) -> Listed:
    """Put a file of addresses on the list; a row without one is told and left out."""
    shop.permit("suppress")
    rows = read_csv(file)
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    kinds = {
        place: kind for place, cell in enumerate(header) for kind, names in _COLUMNS.items() if cell in names
    }
    body = rows[1:]
    if not kinds:
        if len(header) != 1:
            raise UsageError(
                _("{file} has no column phone, email, buyer or address in its first row").format(
                    file=file.name
                )
            )
        kinds, body = {0: "address"}, rows  # a bare list of addresses, one a line
    pairs: list[tuple[str, str]] = []
    problems: list[tuple[int, str]] = []
    first = 2 if body is not rows else 1
    for line, row in enumerate(body, first):
        cells = [(kind, row[place].strip()) for place, kind in kinds.items() if place < len(row)]
        wrong = "" if any(text for _kind, text in cells) else _("no address")
        for kind, text in cells:
            try:  # one that cannot be read takes no other of its row with it
                pairs += [kind_and_value(text, shop.settings.currency, kind)] if text else []
            except UsageError as error:
                wrong = wrong or str(error)
        if wrong:
            problems.append((line, wrong))
    with shop.write(_("suppression list from {file}").format(file=file.name)) as write:
        new = suppress(write, pairs, at=shop.clock().now, source=file.name, reason=reason)
    return Listed(len(body), min(new, len(body) - len(problems)), tuple(problems))


def read_csv(file: Path) -> list[list[str]]:
    """The rows of a small csv or tsv file, in UTF-8 or GB18030; raises `FileError`."""
    try:
        data = file.read_bytes()
    except OSError as error:
        text = _("{path} cannot be read: {reason}")
        raise FileError(text.format(path=file, reason=system_reason(error))) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", "replace")
    first = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first else ";" if ";" in first and "," not in first else ","
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        raise FileError(_("{file} is no csv file: save the table as csv").format(file=file)) from None
    return [row for row in rows if any(cell.strip() for cell in row)]
