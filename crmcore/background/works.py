"""What can be done in a process of its own: each work gets a request and tells how it goes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from crmcore.errors import RuleError
from crmcore.i18n import gettext as _

if TYPE_CHECKING:
    from crmcore.importing.run import ImportResult
    from crmcore.shop import Shop


@dataclass(frozen=True)
class Request:
    """Where (a shop's folder or URL), for whom, and what exactly."""

    shop: str | None
    actor: str | None
    arguments: Mapping[str, Any]

    def open(self) -> Shop:
        """The shop."""
        from crmcore.shop import Shop

        assert self.shop is not None, "this work needs a shop"
        return Shop.open(self.shop, self.actor)


class Tell(Protocol):
    """How a work says how it goes."""

    def progress(self, done: int, total: int, what: str) -> None: ...  # noqa: D102
    def news(self, name: str, value: Any) -> None: ...  # noqa: D102


def bring(request: Request, tell: Tell) -> list[dict[str, Any]]:
    """Import `batches` (files, as_name, mapping, source each), or with `dry_run` say what that would do."""
    given = request.arguments
    with request.open() as shop:
        shop.permit("import")
        found: list[dict[str, Any]] = []
        for batch in given["batches"]:
            results = shop.imports.run(
                [Path(one) for one in batch["files"]],
                as_name=batch.get("as_name"),
                mapping=Path(batch["mapping"]) if batch.get("mapping") else None,
                source=batch.get("source"),
                dry_run=bool(given.get("dry_run")),
                progress=tell.progress,
            )
            found += [_result(one) for one in results]
        return found


def resume(request: Request, tell: Tell) -> list[dict[str, Any]]:
    """Go on with the import `id`; `files` says where its files are now."""
    given = request.arguments
    files = [Path(one) for one in given.get("files") or ()]
    with request.open() as shop:
        shop.permit("import")
        return [_result(shop.imports.resume(given["id"], files or None, tell.progress))]


def undo(request: Request, tell: Tell) -> dict[str, object]:
    """Take the import `id` back."""
    with request.open() as shop:
        shop.permit("undo")
        report = shop.imports.undo(
            request.arguments["id"], lambda share: tell.progress(int(share * 1000), 1000, _("taking back"))
        )
        return report.as_json()


def demo(request: Request, tell: Tell) -> str:
    """Make the demo in `folder`, or make the one that stands there anew (`refresh`); returns the folder."""
    from crmcore.demo import making

    folder = Path(request.arguments["folder"])
    make = making.refresh if request.arguments.get("refresh") else making.open_demo
    with make(folder, lambda what: tell.progress(0, 0, what)):
        return str(folder)


def action(request: Request, _tell: Tell) -> dict[str, Any]:
    """Run the action `name` of `plugin` with the typed `values`."""
    from crmcore.running import run

    given = request.arguments
    with request.open() as shop:
        done = run(shop, given["plugin"], [given["name"]], given["values"])
        return {"result": done.result, "warnings": done.warnings}


def segment_counts(request: Request, tell: Tell) -> None:
    """Count the segments `names` as of the day `as_of`; tells of each how many, or what is wrong."""
    names = request.arguments["names"]
    as_of = _day(request.arguments["as_of"])
    with request.open() as shop:
        for number, name in enumerate(names):
            tell.progress(number, len(names), _("counting {name}").format(name=name))
            try:
                tell.news("count", [name, shop.segments.count(name, as_of).count, None])
            except RuleError as error:
                tell.news("count", [name, None, str(error)])


def segment_ids(request: Request, tell: Tell) -> list[int]:
    """The ids of the customers in the segment `name` as of the day `as_of`."""
    with request.open() as shop:
        tell.progress(0, 0, _("looking who belonged to it"))
        return list(shop.segments.ids(request.arguments["name"], _day(request.arguments["as_of"])))


def segment_export(request: Request, tell: Tell) -> int:
    """Write the segment `name` as of the day `as_of` into `file`; how many customers that were.

    Phones and e-mails go along where a `reason` is given.
    """
    from crmcore.exports import export_segment

    given = request.arguments
    reason = str(given.get("reason") or "")
    with request.open() as shop:
        tell.progress(0, 0, _("writing the file"))
        file, day = Path(given["file"]), _day(given["as_of"])
        return export_segment(
            shop, given["name"], file, day, contacts=bool(reason), reason=reason,
            warn=lambda words: tell.news("warning", [words]),
        )  # fmt: skip


def campaign_plan(request: Request, tell: Tell) -> int | None:
    """Plan the campaign `name` and keep the plan; returns its id."""
    with request.open() as shop:
        name = request.arguments["name"]
        planned = shop.campaigns.plan(
            name, save=True, told=lambda done, total: tell.progress(done, total, _("planning"))
        )
        return planned.id


def campaign_send(request: Request, tell: Tell) -> dict[str, Any]:
    """Send the campaign `name`; asked to stop, it ends after the message it is at, not within it."""
    asked: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: asked.append(number))
    with request.open() as shop:
        name = request.arguments["name"]
        done = shop.campaigns.send(
            name,
            plan_id=request.arguments.get("plan"),
            stop=lambda: bool(asked),
            told=lambda sent, total: tell.progress(sent, total, _("sending")),
        )
        return {**done.as_json(), "state": shop.campaigns.get(name).row.state}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


WORKS: dict[str, Callable[[Request, Tell], Any]] = {
    "import": bring,
    "resume": resume,
    "undo": undo,
    "demo": demo,
    "action": action,
    "segment_counts": segment_counts,
    "segment_ids": segment_ids,
    "segment_export": segment_export,
    "campaign_plan": campaign_plan,
    "campaign_send": campaign_send,
}


def _result(result: ImportResult) -> dict[str, Any]:
    rejects = [
        {"file": one.file.name, "sheet": one.sheet, "line": one.line, "reason": one.reason}
        for one in result.rejects
    ]
    return {**result.as_json(), "rejects": rejects}
