"""Faults under load: a live portal on a PostgreSQL of its own, killed, starved and slowed down. `make faults`."""
