"""Writing a template out for many people, in a process that is ended when it never comes to an end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crmcore.errors import PluginFailure
from crmcore.hooks.discovery import PluginConfig
from crmcore.hooks.frames import Request
from crmcore.hooks.worker import Worker
from crmcore.i18n import gettext as _
from crmcore.messages.language import Language, without_hashes
from crmcore.messages.render_job import Rendered
from crmcore.messages.template import PARTS, Template, TemplateError

SECONDS = 5.0  # from one part of the people to the next
_JOB = "crmcore.messages.render_job:render"
_CHUNK = 2_000


class Renderer:
    """Writes templates out. Close it when done; safe to use from several threads."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        # A worker without plugins: a template needs none, and its faults are no plugin's.
        self._worker = Worker(PluginConfig(only=frozenset(), installed=False, write_log=False))
        self._seconds = seconds

    def close(self) -> None:
        """End the process."""
        self._worker.close()

    def each(
        self,
        template: Template,
        meanings: Mapping[str, str],
        language: str,
        people: Sequence[Mapping[str, Any]],
    ) -> Iterator[Rendered]:
        """The message for each of the people, in their order.

        `meanings` says what stands between two #. Raises `TemplateError` for a template that cannot be read,
        takes too long or ends the process.
        """
        sources = sources_of(template, meanings, language)
        for start in range(0, len(people), _CHUNK):
            args = (sources, language, list(people[start : start + _CHUNK]))
            request = Request(_JOB, "", args, self._seconds)
            try:
                for part in self._worker.run(request, template.name):
                    yield from part
            except PluginFailure as failure:
                reason = _("template {name}: it cannot be written out: {reason}")
                raise TemplateError(reason.format(name=template.name, reason=failure.reason)) from None


def sources_of(template: Template, meanings: Mapping[str, str], language: str) -> dict[str, str]:
    """The parts of a template in Jinja's words; raises `TemplateError` for one that cannot be read."""
    found = {}
    for part in PARTS:
        if source := template.part(part, language):
            found[part] = without_hashes(source, meanings)
            try:
                Language(language).parsed(found[part])
            except TemplateError as error:
                raise _of_part(template, part, error) from None
    return found


def names_in(template: Template, meanings: Mapping[str, str], language: str) -> set[str]:
    """The variables that a template asks for in that language; raises `TemplateError`."""
    found: set[str] = set()
    for part, source in sources_of(template, meanings, language).items():
        try:
            found |= Language(language).names(source)
        except TemplateError as error:
            raise _of_part(template, part, error) from None
    return found


def _of_part(template: Template, part: str, error: TemplateError) -> TemplateError:
    reason = _("template {name}, {part}: {reason}")
    return TemplateError(reason.format(name=template.name, part=part, reason=error))
