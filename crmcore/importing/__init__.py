"""The main road: files become customers, orders and interactions."""
