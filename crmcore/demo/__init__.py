"""The demo: a made-up cosmetics shop as files in the platforms' own layouts, imported like any other."""
