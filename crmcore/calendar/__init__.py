"""The calendar of a shop: sale events, festivals, seasons, its own days and days off."""
