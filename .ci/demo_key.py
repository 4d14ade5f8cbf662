"""Check the key kept for trying REST out, or show how to use it."""

import json
import os
import sys
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

REQUEST = """
  curl -s http://127.0.0.1:{port}/v1/casm/customers/create \\
    -H 'X-Ocs-Io-Application-Id: {application_id}' -H 'X-Ocs-Io-API-Key: {api_key}' \\
    -H 'Content-Type: application/json' \\
    -d '{{"requestId":"{request}","customerProfile":"b2c","customName":"First customer"}}'
"""


def check(client: dict[str, str]) -> bool:
    """Return whether the database knows the key and still takes it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
    import django

    django.setup()
    from django.utils import timezone

    from ocsportal.people.keys import hash_key
    from ocsportal.people.models import ApiKey

    keys = ApiKey.objects.filter(key_hash=hash_key(client["api_key"]), revoked_at=None, client__is_active=True)
    return keys.filter(client__application_id=client["application_id"], expires_at__gt=timezone.now()).exists()


def main() -> None:
    """Run `check FILE` or `show FILE PORT`."""
    verb, path = sys.argv[1:3]
    client = json.loads(Path(path).read_text(encoding="utf-8"))
    if verb == "check":
        sys.exit(0 if check(client) else 1)
    port = sys.argv[3]
    print(f"\nThe portal: http://127.0.0.1:{port}/   REST, to read and try: http://127.0.0.1:{port}/v1/docs")
    print("The first REST call, ready to paste:")
    print(REQUEST.format(port=port, request=f"first-{uuid.uuid4().hex[:8]}", **client), flush=True)


main()
