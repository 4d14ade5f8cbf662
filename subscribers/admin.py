"""Subscribers in the back office."""
