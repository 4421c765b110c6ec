"""Each area of the terminal UI over a big shop, in a pseudo-terminal: `python -m bench.screens FOLDER`.

The shop comes from `bench.filled` and `bench.crowded`. Of each screen: how long from its key to the first rows (wall
and CPU of the program), from an arrow key to what it paints (median and the longest of thirty, begun at once, while
the screen may still count), from End to what it paints, and the memory of the program's own after it.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path

from bench.measure import median
from bench.ui import _CRM, Screen

_DOWN, _UP, HOME, END, _ENTER, _ESC = b"\x1b[B", b"\x1b[A", b"\x1b[H", b"\x1b[F", b"\r", b"\x1b"
F2, _F3, _F4, _F5 = b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~"
_F6, _F7, _F8, _F9 = b"\x1b[17~", b"\x1b[18~", b"\x1b[19~", b"\x1b[20~"
_ARROWS = 30


@dataclass(frozen=True)
class Step:
    """A screen: the keys that lead to it, and a text that stands there once its first rows do."""

    what: str
    keys: tuple[bytes, ...]
    sign: str
    walk: tuple[bytes, bytes] | None = (_DOWN, _UP)
    end: bool = True


# Each closes what the one before has opened, so that they can be gone through again.
STEPS = (
    Step("today", (_F3,), "done today"),
    Step("customers, a million", (_F4,), "customers  by"),
    Step("the same by first seen", (b"s", *[_DOWN] * 4, _ENTER), "by first seen"),
    Step("segments, in groups", (_F6,), "how often they bought"),
    Step("members of a segment", (HOME, _DOWN, _ENTER), " CNY"),
    Step("imports, 1,000", (_ESC, _F7), "aobao"),
    Step("what one set aside, 1,000,000", (HOME, _ENTER), "rows set aside"),
    Step("doubles, 100,000 pairs", (_ESC, _F4, b"D"), "Pair 1 of", (b"n", b"n"), end=False),
    Step("campaigns", (_ESC, _F5), "开春回访", None, end=False),
    Step("a campaign of a million", (_ENTER,), "gets it"),
    Step("its people", (HOME, _DOWN, _ENTER), "Afterwards"),
    Step("what it earned", (_ESC, b"o"), "Goodwill", None, end=False),
    Step("reports", (_ESC, _ESC, _F8), "Breakdown"),
    Step("the shop's figures", (HOME, _ENTER), "Order lines", end=False),
    Step("a report over all orders", (_ESC, HOME, _DOWN, _ENTER), "By source", None, end=False),
    Step("plugins", (_ESC, _F9), "apprise"),
    Step("packs", (b"k",), "Cosmetics"),
    Step("a pack", (HOME, _ENTER), "not installed", None, end=False),
)
LAST = (_ESC, _ESC)  # closes what the last has opened


def shown(screen: Screen, step: Step) -> tuple[float, float]:
    """Go to the screen; returns wall and CPU seconds until its first rows stand there."""
    screen.quiet(0.5)
    for key in step.keys[:-1]:
        screen.write(key)
        screen.quiet(0.3)
    began, spent = time.perf_counter(), screen.cpu
    screen.write(step.keys[-1])
    screen.see(step.sign)
    return time.perf_counter() - began, screen.cpu - spent


def measured(screen: Screen, step: Step) -> str:
    """One line of the table."""
    wall, cpu = shown(screen, step)
    walk = step.walk or ()
    took = [screen.paint(walk[number % 2]) for number in range(_ARROWS if walk else 0)]
    end = f"{screen.paint(END):.0f} ms" if step.end else "-"
    screen.quiet(1.0)
    arrows = f"{median(took):.0f} ms, {max(took):.0f} ms" if took else "-"
    return f"| {step.what} | {wall:.2f} s, {cpu:.2f} s | {arrows} | {end} | {screen.memory:.0f} MB |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.screens")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    with Screen((*_CRM, "--shop", str(folder))) as screen:
        screen.see("Who is this?")
        screen.quiet(2.0)
        print(f"load {os.getloadavg()[0]:.0f}, at the start {screen.memory:.0f} MB")
        for step in STEPS:
            print(measured(screen, step), flush=True)


if __name__ == "__main__":
    main()
