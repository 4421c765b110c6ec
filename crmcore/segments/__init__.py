"""Segments: named rules over the cards."""
