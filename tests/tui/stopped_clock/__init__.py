"""A clock that stands still, for processes: see sitecustomize.py."""
