"""The forms of the catalogue and of subscribing."""
