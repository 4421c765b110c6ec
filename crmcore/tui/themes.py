"""The themes to choose from: two of Textual's own, and one for weak eyes and bad screens."""

from __future__ import annotations

from textual.theme import Theme

from crmcore.i18n import mark

HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#00ffff",
    secondary="#ffff00",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    success="#00ff00",
    warning="#ffff00",
    error="#ff6060",
    dark=True,
    variables={"block-cursor-foreground": "#000000", "block-cursor-blurred-foreground": "#ffffff"},
)
THEMES = ("textual-dark", "textual-light", HIGH_CONTRAST.name)
# What staff read of them.
WORDS = {
    "textual-dark": mark("dark"),
    "textual-light": mark("light"),
    HIGH_CONTRAST.name: mark("high contrast"),
}
