"""What can be done about a task of today: finish it, put it off, give it to somebody, write a note."""

from __future__ import annotations

from collections.abc import Iterable

from crmcore.desk.today import BIRTHDAYS, INQUIRIES, UNPAID, Task
from crmcore.errors import UsageError
from crmcore.i18n import gettext as _
from crmcore.people import People
from crmcore.records.typed_times import instant_from
from crmcore.shop import Shop
from crmcore.shown import labelled
from crmcore.store import todo

ANSWERED = "answered"  # an inquiry stays open, but somebody has been in contact with her
_KEPT_SHORT = {"promise": ("kept",), "complaint": ("settled",), "call": ("done",)}


def endings(shop: Shop, task: Task) -> list[tuple[str, str]]:
    """How the task may be finished: a name for `finish`, and its words; the usual one first."""
    if task.queue == BIRTHDAYS:
        return [("greeted", _("wished her a happy birthday"))]
    if task.queue == UNPAID:
        return [("reminded", _("reminded her of the order"))]
    kind = shop.kinds[task.kind]
    closing = [state for state in kind.moves.get(task.state, ()) if state not in kind.open_states]
    usual = [state for state in _KEPT_SHORT.get(task.kind, ()) if state in closing] or closing
    first = [(ANSWERED, _("answered, and still open"))] if task.queue == INQUIRIES else []
    return first + [(state, kind.state_title(state)) for state in usual]


def moves(shop: Shop, task: Task) -> list[tuple[str, str]]:
    """Every state its interaction can go to from where it is, with its words."""
    kind = shop.kinds.get(task.kind)
    after = kind.moves.get(task.state, ()) if kind else ()
    return [(state, kind.state_title(state)) for state in after] if kind else []


def finish(shop: Shop, task: Task, ending: str) -> str:
    """Finish it the way `ending` names (of `endings` or `moves`); returns what to tell.

    Raises `CrmError` when somebody moved it on meanwhile to where this is not possible.
    """
    people = People(shop)
    if task.queue == BIRTHDAYS:
        people.log(
            task.customer_id, "chat", _("wished her a happy birthday"), payload={todo.ABOUT: "birthday"}
        )
        return _("{name}: greeted").format(name=task.name)
    if task.order is not None:
        source, number = task.order
        text = _("reminded of the unpaid order {number}").format(number=number)
        about = {todo.ABOUT: "unpaid"}
        people.log(task.customer_id, "chat", text, order=number, source=source, payload=about)
        return _("{name}: reminded").format(name=task.name)
    if ending == ANSWERED:
        text = _("answered the inquiry: {text}").format(text=task.what)
        people.log(task.customer_id, "chat", text, payload={todo.ABOUT: "inquiry"})
        return _("{name}: answered").format(name=task.name)
    people.move(_interaction(task), ending)
    return labelled(task.name, shop.kinds[task.kind].state_title(ending))


def later(shop: Shop, task: Task, typed: str) -> int:
    """Put it off until the typed day or time; returns that instant.

    A birthday or an unpaid order becomes a call to be made then. Raises `UsageError` for what is no time, or
    a past one.
    """
    clock = shop.clock()
    due_at = instant_from(typed, clock, end_of_day=True)
    if due_at < clock.now:
        raise UsageError(_("{text} has passed already: give a later day or time").format(text=typed))
    people = People(shop)
    if task.interaction_id is not None:
        people.reschedule(task.interaction_id, due_at)
    elif task.order is not None:
        source, number = task.order
        about = {todo.ABOUT: "unpaid"}
        text = _("call about the unpaid order {number}").format(number=number)
        people.log(
            task.customer_id, "call", text,
            state="planned", due_at=due_at, owner=shop.actor, order=number, source=source, payload=about,
        )  # fmt: skip
    else:
        people.log(
            task.customer_id, "call", task.what,
            state="planned", due_at=due_at, owner=shop.actor, payload={todo.ABOUT: "birthday"},
        )  # fmt: skip
    return due_at


def assign(shop: Shop, task: Task, owner: str) -> None:
    """Give it to somebody; a blank name to nobody."""
    People(shop).assign(_interaction(task), owner)


def note(shop: Shop, task: Task, text: str) -> None:
    """Write a note about her; raises `UsageError` for an empty one."""
    if not text.strip():
        raise UsageError(_("there is nothing in the note"))
    People(shop).log(task.customer_id, "note", text)


def staff(shop: Shop, tasks: Iterable[Task] = ()) -> list[str]:
    """Who may be given something: those who worked lately and those who have something; oneself first."""
    with shop.database.read() as connection:
        known = set(todo.actors(connection)) | {task.owner for task in tasks if task.owner}
    return [shop.actor, *sorted(known - {shop.actor, "system"})]


def _interaction(task: Task) -> int:
    if task.interaction_id is None:
        raise UsageError(
            _("this is nobody's: put it off, and it becomes a call that can be given to somebody")
        )
    return task.interaction_id
