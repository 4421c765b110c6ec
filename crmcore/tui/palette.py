"""The command palette: the areas, and the commands of the screen that is shown and of the application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.markup import escape

from crmcore.i18n import gettext as _
from crmcore.tui.commands import Host, usable
from crmcore.wide import clean

if TYPE_CHECKING:
    from crmcore.desk.knowledge import Article
    from crmcore.shop import Shop

_SHOWN = 120  # signs of an article below its title
_ARTICLE = 0.3  # after the commands that fit


class CommandsByName(Provider):
    """What can be done now, by name; and what the shop has written down to be read, by any word of it."""

    _articles: Sequence[Article] = ()

    async def startup(self) -> None:
        """Read the articles anew each time the palette is opened."""
        app: Any = self.app
        if app.is_open:
            self._articles = await asyncio.to_thread(_articles_of, app.shop)

    async def discover(self) -> Hits:
        """Everything, before something is typed."""
        for words, key, sentence, act in self._all():
            yield DiscoveryHit(_shown(words, key), act, text=words, help=escape(clean(sentence)))

    async def search(self, query: str) -> Hits:
        """What fits the typed text."""
        matcher, found = self.matcher(query), False
        for words, key, sentence, act in self._all():
            if (score := matcher.match(f"{words} {sentence}")) > 0:
                found = True
                yield Hit(score, _shown(words, key), act, text=words, help=escape(clean(sentence)))
        for one in self._articles:
            if one.holds(query):
                found = True
                about = one.text.replace("\n", " ")[:_SHOWN]
                read = partial(self._read, one)
                yield Hit(_ARTICLE, _shown(one.title, ""), read, text=one.title, help=escape(clean(about)))
        if not found:  # Textual would say so in English
            nothing = _("No command is called so.")
            yield Hit(
                _ARTICLE, nothing, lambda: None, text=nothing, help=_("Try another word, or leave with Esc.")
            )

    def _read(self, article: Article) -> None:
        from crmcore.tui.screens.who_knowledge import article_sheet

        self.app.push_screen(article_sheet(article))

    def _all(self) -> Iterator[tuple[str, str, str, Callable[[], Any]]]:
        app: Any = self.app
        for area in app.areas if app.has_areas else ():
            yield area.words, area.shown_key, "", partial(app.action_go, area.name)
        focused: Any = self.screen.focused
        nodes = [*focused.ancestors_with_self] if focused is not None else [self.screen]
        hosts = [node for node in [*nodes, app] if isinstance(node, Host)]
        for host, command in usable(dict.fromkeys(hosts)):
            if command.name() != "palette":
                key = command.shown_key() if command.key else ""
                yield command.words(), key, command.sentence(), partial(host.action_say, command.name())
        for title, sentence, act in getattr(app, "plugin_commands", ()):
            yield title, "", sentence, act


def _articles_of(shop: Shop) -> list[Article]:
    from crmcore.desk.knowledge import articles

    return articles(shop)


def _shown(words: str, key: str) -> Text:
    """Never markup: plugins and segments are named by people."""
    return Text(clean(f"{words}  {key}" if key else words))
