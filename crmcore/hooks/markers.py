"""The two markers. This module stays so small that importing a plugin does not import the application."""

from __future__ import annotations

import pluggy

PROJECT = "crmcore"
# What plugins were written against; it goes up when a hook changes so that older plugins must change with it.
API_VERSION = 1

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
