"""Write crmcore/store/pinyin_initials.txt: the first letter of each Chinese character's commonest reading.

Run it after a new version of pypinyin; a test holds the file equal to what this makes.
"""

from __future__ import annotations

from pathlib import Path

FIRST, LAST = 0x4E00, 0x9FA5
TARGET = Path(__file__).parent.parent / "crmcore" / "store" / "pinyin_initials.txt"
PER_LINE = 100


def table() -> str:
    """One letter a character from U+4E00 to U+9FA5, `?` where no reading is known, 100 a line."""
    from pypinyin import Style, pinyin

    letters = []
    for code in range(FIRST, LAST + 1):
        reading = pinyin(chr(code), style=Style.FIRST_LETTER, errors="ignore")
        letter = reading[0][0][:1].lower() if reading else ""
        letters.append(letter if letter.isascii() and letter.isalpha() else "?")
    text = "".join(letters)
    return "".join(text[i : i + PER_LINE] + "\n" for i in range(0, len(text), PER_LINE))


if __name__ == "__main__":
    TARGET.write_text(table(), encoding="ascii", newline="\n")
    print(f"{TARGET}: {LAST - FIRST + 1} characters")
