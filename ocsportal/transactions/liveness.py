"""Notice that the server closed a connection before a request pays for it, without asking the server.

Connections are kept for ever. One that the server closed, at a restart or a failover, has the end of the stream waiting
in its socket: to look there is one call of the system. A server that went silent is noticed by TCP (`keepalives`,
`tcp_user_timeout`).
"""

import select

from django.db import connections


def close_dead_connections(**_: object) -> None:
    """Close this thread's connections that the server has closed; the next statement opens others."""
    for mine in connections.all(initialized_only=True):
        raw = mine.connection
        if raw is None or mine.vendor != "postgresql" or mine.in_atomic_block:
            continue
        if raw.closed or _has_something_to_say(raw.pgconn.socket):
            mine.close()


def _has_something_to_say(socket: int) -> bool:
    # Between requests a server says nothing, except that it goes; a rare notice costs no more than a new connection.
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
