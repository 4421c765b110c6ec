"""Advice and panels that do everything but answer."""

import time

from crmcore import Advice, Panel, Say, hookimpl


def hang(_history, _facts):
    time.sleep(60)


def tell_tales(history, _facts):
    raise ValueError(history.profile["name"])


@hookimpl
def crm_advice():
    return [
        Advice("text", lambda history, facts: "just text"),
        Advice("number", lambda history, facts: Say(3)),
        Advice("many", lambda history, facts: [Say("x" * 1000)] * 100),
        Advice("tell_tales", tell_tales),
        Advice("hang", hang),
    ]


@hookimpl
def crm_panels():
    return [Panel("text", lambda history, facts: "no list"), Panel("tell_tales", tell_tales)]
