"""Write answers as JSON."""

from rest_framework.renderers import JSONRenderer as DefaultJSONRenderer


class JSONRenderer(DefaultJSONRenderer):
    """Plain JSON in UTF-8, as it is meant: no escapes for letters beyond ASCII."""

    ensure_ascii = False
    compact = True
