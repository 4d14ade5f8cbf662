"""Write answers as JSON."""

from rest_framework.renderers import JSONRenderer as DefaultJSONRenderer
from rest_framework.utils.encoders import JSONEncoder

# Kept, since to make one costs as much as to write a small answer.
ENCODER = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class JSONRenderer(DefaultJSONRenderer):
    """Plain JSON in UTF-8, as it is meant: no escapes for letters beyond ASCII."""

    ensure_ascii = False
    compact = True


def as_json(body: object) -> bytes:
    """Return what the renderer makes of an answer."""
    text = ENCODER.encode(body)
    # The two characters that JSON may hold and JavaScript may not.
    if not text.isascii():
        text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return text.encode()
