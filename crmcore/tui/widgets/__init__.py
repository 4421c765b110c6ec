"""Widgets: they show values they are given and post messages; none of them asks the shop."""
