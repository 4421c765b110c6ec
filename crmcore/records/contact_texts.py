"""Phones and e-mail addresses within texts: a nickname that is a phone, a field of the shop's own."""

from __future__ import annotations

import re
import unicodedata

# Mobiles of the mainland (1[3-9] and nine digits more, GB numbering plan), numbers with their country's
# sign, landlines with their area; as people write them, with blanks or dashes between. Landlines in one
# piece: eight digits after 010 and 02x, seven or eight after the areas of four digits.
_PHONE = re.compile(
    r"(?<!\d)(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"
    r"|\+\d[\d ()-]{6,18}\d(?!\d)"
    r"|(?<!\d)\(?0\d{2,3}\)?[ -]\d{3,4}[ -]?\d{4}(?!\d)"
    r"|(?<![\d.])\(?(?:010|02\d)\)?\d{4}[ -]?\d{4}(?!\d)"
    r"|(?<![\d.])\(?0[3-9]\d{2}\)?\d{3,4}[ -]?\d{4}(?!\d)"
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.ASCII)
_HIDDEN = "***"


def without_contacts(text: str) -> str:
    """The text with `***` in the place of phones and e-mail addresses; one that has none stays as it is."""
    read = "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) != "Cf")
    hidden = _PHONE.sub(_HIDDEN, _EMAIL.sub(_HIDDEN, read))
    return text if hidden == read else hidden
