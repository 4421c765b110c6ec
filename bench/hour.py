"""Memory in an hour of use by the clock over a big shop: `python -m bench.hour FOLDER [--minutes 60] [--every 6]`.

The shop comes from `bench.filled` and `bench.crowded`. Turn by turn through all screens of `bench.screens`, with
people looked up and arrow keys between them. Each line: the minutes, the turns so far, the load, and the least, the
median and the most memory seen in those minutes, asked for four times a second: the program's own, and with the
pages of the files that it maps, which the system takes back when it wants them. `--every 0`: a line for each turn.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.filled import person
from bench.measure import median
from bench.screens import END, F2, HOME, LAST, STEPS, shown
from bench.ui import _CRM, Screen

_ARROWS, _PEOPLE = 5, 5  # times down and up on each screen, people looked up in each turn
_SECONDS = 0.25  # from one look at the memory to the next
Samples = list[tuple[float, float]]


@contextlib.contextmanager
def sampled(screen: Screen) -> Iterator[Samples]:
    """What the program uses while the block runs: its own MB, and all; whoever reads them may clear them."""
    samples, over = Samples(), threading.Event()

    def sample() -> None:
        while not over.wait(_SECONDS):
            samples.append(screen.memories())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()


def turn(screen: Screen, number: int) -> None:
    """Once through all screens, then some people are looked up: others in each turn."""
    for step in STEPS:
        try:
            shown(screen, step)
        except TimeoutError as error:  # two minutes: that belongs into the report, and the hour goes on
            if screen.ended is not None:
                raise RuntimeError(f"turn {number + 1}, {step.what}: it ended with {screen.ended}") from error
            print(f"turn {number + 1}: {step.what} was not seen", flush=True)
        arrows = (step.walk or ()) * _ARROWS
        for key in (*arrows, *((END, HOME) if step.end else ())):
            screen.write(key)
            screen.quiet(0.05)
        screen.quiet(1.0)
    for key in (*LAST, F2):
        screen.write(key)
        screen.quiet(0.5)
    for who in range(number * _PEOPLE, (number + 1) * _PEOPLE):
        screen.write(b"\x1b\x1b")
        screen.quiet()
        screen.paste(f"{person(1 + who * 7919 % 100_000)[1]} ")
        screen.quiet(0.7)


def told(samples: Samples) -> str:
    """Least, median and most of both, of what is taken out of the samples."""
    taken = [samples.pop() for _ in range(len(samples))]
    both = ([one[place] for one in taken] for place in (0, 1))
    return " | ".join(f"{min(of):.1f}, {median(of):.1f}, {max(of):.1f} MB" for of in both)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.hour")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--every", type=float, default=6, help="minutes of a line; 0: a line for each turn")
    chosen = parser.parse_args()
    with Screen((*_CRM, "--shop", str(chosen.folder))) as screen, sampled(screen) as samples:
        screen.see("Who is this?")
        began = since = time.monotonic()
        print("| minutes | turns | load | own: least, median, most | with mapped files |", flush=True)
        print("|---|---|---|---|---|", flush=True)
        turns = 0
        while time.monotonic() - began < chosen.minutes * 60:
            turn(screen, turns)
            turns += 1
            now = time.monotonic()
            if now - since >= chosen.every * 60:
                since = now
                print(
                    f"| {(now - began) / 60:.0f} | {turns} | {os.getloadavg()[0]:.1f} | {told(samples)} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
