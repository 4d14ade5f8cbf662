"""Identity: the system's reference ID, the caller's external ID, and a reference by either (docs/identity.md)."""

import secrets
import string
from dataclasses import dataclass

ALPHABET = string.ascii_letters + string.digits
REF_ID_LENGTH = 14
BASE = len(ALPHABET)
FAIR = 256 - 256 % BASE


def make_ref_id() -> str:
    """Return a new reference ID: 14 letters and digits from a cryptographically secure source (83 bits)."""
    letters: list[str] = []
    while len(letters) < REF_ID_LENGTH:
        # Bytes beyond a whole number of alphabets are thrown away, or the first letters would come more often.
        letters += [ALPHABET[byte % BASE] for byte in secrets.token_bytes(REF_ID_LENGTH * 2) if byte < FAIR]
    return "".join(letters[:REF_ID_LENGTH])


@dataclass(frozen=True)
class Ref:
    """A reference to an entity by refId, externalId, or both, which then must name the same one."""

    ref_id: str | None = None
    external_id: str | None = None

    def __str__(self) -> str:
        return self.ref_id or self.external_id or ""
