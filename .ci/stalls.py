"""Exit 1 with a list when a migration would keep a running portal waiting and does not say so."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
import django

django.setup()

from ocsportal.transactions.online import stalling  # noqa: E402

faults = stalling()
print(*faults, sep="\n")
sys.exit(1 if faults else 0)
