"""Everything of a customer, an account or a subscriber in one table, branch by branch (docs/portal.md)."""
