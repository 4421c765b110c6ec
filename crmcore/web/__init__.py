"""The terminal UI in a browser: a sign-in in front, one process a session."""
