"""The terminal UI: screens that turn keys and words into calls of `desk`, `people`, `segments` and `imports`.

No business logic lives here, and nothing below imports Textual.
"""
