"""How a subscriber looks from outside."""
