"""The groups that every installation has, and the sets of them that operations name (docs/people.md)."""

CARE, BACK_OFFICE, AUDITOR = "Customer Care", "Back Office", "Auditor"
CONFIGURATION, ADMINISTRATOR, CRM = "Configuration", "Administrator", "CRM"
DATA_PROTECTION = "Data Protection"
GROUPS = (CARE, BACK_OFFICE, AUDITOR, CONFIGURATION, ADMINISTRATOR, DATA_PROTECTION, CRM)

# Who looks; who works with customers; who may what is final, is planned, billed or taxed.
READERS = (CARE, BACK_OFFICE, AUDITOR, DATA_PROTECTION, CRM)
AGENTS = (CARE, BACK_OFFICE, CRM)
OFFICE = (BACK_OFFICE, CRM)
# Who takes out what is personal, for good; neither an agent nor the office does it by the way.
PROTECTORS = (DATA_PROTECTION, CRM)
