"""Every write on subscribers."""
