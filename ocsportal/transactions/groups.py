"""The groups that every installation has, and the sets of them that operations name (docs/people.md)."""

CARE, BACK_OFFICE, AUDITOR = "Customer Care", "Back Office", "Auditor"
CONFIGURATION, ADMINISTRATOR, CRM = "Configuration", "Administrator", "CRM"
GROUPS = (CARE, BACK_OFFICE, AUDITOR, CONFIGURATION, ADMINISTRATOR, CRM)

# Who looks; who works with customers; who may what can't be taken back, is planned, billed or taxed.
READERS = (CARE, BACK_OFFICE, AUDITOR, CRM)
AGENTS = (CARE, BACK_OFFICE, CRM)
OFFICE = (BACK_OFFICE, CRM)
