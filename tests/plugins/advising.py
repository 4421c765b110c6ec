"""A plugin with advice and panels: what it says depends on what it was given."""

from crmcore import Advice, Panel, Say, SegmentWatcher, hookimpl


def greet(history, facts):
    name = history.profile.get("name", "?")
    return Say({"zh": f"叫她{name}", "en": f"call her {name}"}, f"{facts['orders']} orders")


def nothing(_history, _facts):
    return None


def shelf(_history, facts):
    return [str(facts["total_spent"]), {"zh": "买得不少", "en": "quite a lot"}]


@hookimpl
def crm_advice():
    return [Advice("greet", greet, zh="称呼", en="Greeting"), Advice("nothing", nothing)]


@hookimpl
def crm_panels():
    return [Panel("shelf", shelf, zh="货架", en="Shelf"), Panel("nothing", nothing)]


@hookimpl
def crm_segment_watchers():
    return [SegmentWatcher("seen", lambda shop, moves: None, segments=("quiet",))]
