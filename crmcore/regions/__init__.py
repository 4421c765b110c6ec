"""Regions of a shop: what tier a city counts as, which part of the country a province lies in."""
