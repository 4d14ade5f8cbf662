"""A new line with one form: customer, account, number with its SIM card, offers (docs/portal.md, one form per call)."""
