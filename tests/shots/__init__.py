"""Pictures of every kind of page: `make shots`, or `python -m tests.shots`."""
