"""What happened to a customer and everything below, newest first, from the journal (docs/portal.md)."""
