"""A fact that does something else to each customer."""

import os
import re
import signal
import sys

from crmcore import CrmError, Fact, History, hookimpl


def odd(history: History) -> int | None:
    match history.customer_id:
        case 2:
            raise ValueError("her phone is 13812345678")
        case 3:
            return "seven"
        case 4:
            sys.exit(1)
        case 5:
            return None
        case 6:
            raise CrmError("the recipe book is missing")
        case 7:
            return 2**70
    return history.customer_id


def regex(history: History) -> int | None:
    if history.customer_id == 3:
        re.match(r"(a+)+$", "a" * 64 + "!")
    return history.customer_id


def killer(history: History) -> int | None:
    if history.customer_id == 3:
        os._exit(7)
    if history.customer_id == 5:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return history.customer_id


def always_kills(history: History) -> int | None:
    os._exit(7)


def keyboard(history: History) -> int | None:
    return int(input("How many? "))


def loud(history: History) -> int | None:
    print("x" * 300_000)
    sys.stderr.write("y" * 300_000)
    os.write(1, b"z" * 300_000)
    return history.customer_id


def frame_forger(history: History) -> int | None:
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, b"\0" * 8 + b"junk")
        except OSError:
            continue
    return 1


@hookimpl
def crm_segment_rules():
    return [Fact(one) for one in (odd, regex, killer, always_kills, keyboard, loud, frame_forger)]
