"""Writing templates out, in the worker process: it can be ended when a template never does.

Where the system can cap a process's memory, ours is capped; the filters are bounded in any case.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import jinja2

from crmcore.hooks.manager import PluginManager
from crmcore.i18n import gettext as _
from crmcore.messages.cleaning import clean_html, clean_subject, clean_text
from crmcore.messages.language import LONGEST, Language
from crmcore.messages.template import LONGEST_SUBJECT, PARTS

_NAMED = re.compile(r"^'([^']*)' is undefined|has no \w+ '?([^']*)'?$")
_PART_SECONDS = 0.25
_PART = 500
_ROOM = 512 * 2**20  # bytes beside what the process has when it begins
_MOST = {"subject": LONGEST_SUBJECT, "text": LONGEST, "html": LONGEST}


@dataclass(frozen=True)
class Rendered:
    """One message as she would get it; with a `problem` she cannot get it, and it says why.

    `lacks` is the variable that she has not, where that is the problem.
    """

    subject: str = ""
    text: str = ""
    html: str = ""
    problem: str = ""
    lacks: str = ""


def render(
    _manager: PluginManager,
    _plugin: str,
    sources: Mapping[str, str],
    spoken: str,
    people: Sequence[Mapping[str, Any]],
) -> Iterator[list[Rendered]]:
    """The template's parts (`subject`, `text`, `html`, in Jinja's words) for each of the people, in parts."""
    _cap_memory()
    templates = {
        part: Language(spoken, html=part == "html").from_string(sources[part])
        for part in PARTS
        if sources.get(part)
    }
    done: list[Rendered] = []
    since = time.monotonic()
    for person in people:
        done.append(_written(templates, person))
        if len(done) >= _PART or time.monotonic() - since > _PART_SECONDS:
            yield done
            done, since = [], time.monotonic()
    if done:
        yield done


def _written(templates: Mapping[str, jinja2.Template], person: Mapping[str, Any]) -> Rendered:
    found = Rendered()
    clean = {"subject": clean_subject, "text": clean_text, "html": clean_html}
    for part, template in templates.items():
        try:
            text = _limited(template, person, _MOST[part])
        except jinja2.UndefinedError as error:
            return _lacking(error)
        except jinja2.TemplateError as error:
            return Rendered(problem=f"{part}: {error.message}")
        except MemoryError:
            return Rendered(problem=_("{part}: it takes too much memory").format(part=part))
        except ArithmeticError:
            text = _("{part}: a number is divided by 0, or grows too large")
            return Rendered(problem=text.format(part=part))
        except (TypeError, ValueError, LookupError, RecursionError) as error:
            # Values that do not fit: text where a number is needed.
            text = _("{part}: a value does not fit where it stands ({kind})")
            return Rendered(problem=text.format(part=part, kind=type(error).__name__))
        found = replace(found, **{part: clean[part](text)})
    return found


def _limited(template: jinja2.Template, person: Mapping[str, Any], most: int) -> str:
    """The text; raises `SecurityError` as soon as it is too long."""
    pieces, size = [], 0
    for piece in template.generate(person):
        size += len(piece)
        if size > most:
            raise jinja2.exceptions.SecurityError(
                _("it grows longer than {most} characters").format(most=f"{most:,}")
            )
        pieces.append(piece)
    return "".join(pieces)


def _lacking(error: jinja2.UndefinedError) -> Rendered:
    # Jinja's own words: 'nickname' is undefined; 'dict object' has no attribute 'wechat'
    found = _NAMED.search(str(error.message or ""))
    if found is None:
        return Rendered(problem=str(error.message))
    name = found[1] or found[2]
    return Rendered(problem=lacks(name), lacks=name)


def lacks(what: str) -> str:
    """The sentence about a customer who has not what a message says of her."""
    return _("she has no {name}").format(name=what)


def _cap_memory() -> None:
    """Let this process not grow without end, where the system can say so."""
    if find_spec("resource") is None:  # Windows
        return
    resource: Any = import_module("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        return  # an earlier job did it
    import psutil

    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + _ROOM, hard))
