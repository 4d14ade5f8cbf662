"""Bodies that come in chunks, without a length: Django takes them for empty, so they are read before it sees them."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def taking_chunks(application: Application, limit: int) -> Application:
    """Return the application with chunked bodies made whole; of one beyond the limit as much as shows that it is."""

    def whole(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(limit + 1)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return whole
