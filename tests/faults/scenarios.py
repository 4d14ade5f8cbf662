"""What is done to the portal, and what has to hold nevertheless; each scenario says in a line what it saw."""

import http.client
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg

from tests.faults.cluster import Cluster
from tests.faults.load import CASM, Writers
from tests.faults.portal import Portal

Scenario = Callable[[Cluster, Portal], str]
LOCKED = "UPDATE customers_customer SET version = version WHERE external_id = %s"


def proved(portal: Portal) -> None:
    """Demand that the audit trail and the ledger hold."""
    portal.manage("verify_audit")
    portal.manage("verify_ledger")


def killed(cluster: Cluster, portal: Portal) -> str:
    """Workers, and now and then the whole server, are killed under load: nothing acknowledged is lost or done twice."""
    chance, kills = random.Random(1), Counter[str]()
    with Writers(portal, name="kill") as writers:
        while len(writers.acknowledged) < 240 or writers.met["interrupted"] < 25:
            time.sleep(chance.uniform(0.3, 0.9))
            if sum(kills.values()) % 8 == 7:
                portal.kill()
                portal.start()
                kills["server"] += 1
            elif workers := portal.workers():
                try:
                    os.kill(chance.choice(workers), signal.SIGKILL)
                    kills["worker"] += 1
                except ProcessLookupError:
                    continue
            assert sum(kills.values()) < 400, dict(writers.met)
    portal.until_it_answers()
    writers.retell()
    writers.standing()
    proved(portal)
    return f"{len(writers.acknowledged)} acknowledged, {dict(kills)} killed, {dict(writers.met)}"


def database_away(cluster: Cluster, portal: Portal) -> str:
    """The database is stopped and crashes under load: 503 with Retry-After meanwhile, in REST and as a page; then on it goes."""
    seen: list[str] = []
    with Writers(portal, name="away") as writers:
        for mode in ("fast", "immediate"):
            writers.wait_for(len(writers.acknowledged) + 60)
            cluster.stop(mode)
            meanwhile(portal)
            cluster.start()
            seen.append(f"{mode}: ready {portal.until_it_answers('/readyz'):.1f} s after the start")
            writers.wait_for(len(writers.acknowledged) + 60)
    writers.retell()
    proved(portal)
    return f"{len(writers.acknowledged)} acknowledged; {'; '.join(seen)}; {dict(writers.met)}"


def meanwhile(portal: Portal) -> None:
    """Demand of the portal, while its database is away, what programs and people can do something with."""
    for path in (f"{CASM}/customers", f"{CASM}/customers/read?externalId=x", "/readyz"):
        assert all(portal.ask("GET", path).said_when for _ in range(6)), path
    # As a browser with a session asks, which has the portal ask its database.
    page = portal.ask("GET", "/", cookie="sessionid=" + "x" * 32)
    assert page.said_when, page
    assert b"The database does not answer" in page.body
    assert portal.ask("GET", "/healthz").status == 200


def too_few_connections(cluster: Cluster, portal: Portal) -> str:
    """The database lets fewer in than there are threads: whoever finds no place is told to come back."""
    portal.stop()
    cluster.stop()
    cluster.start(max_connections="7", superuser_reserved_connections="0", max_wal_senders="0")
    portal.start()
    with Writers(portal, count=12, name="few") as writers:
        writers.wait_for(120)
    portal.stop()
    cluster.stop()
    cluster.start()
    portal.start()
    writers.retell()
    assert writers.met["503"] > 0, dict(writers.met)
    proved(portal)
    return f"{len(writers.acknowledged)} acknowledged, {dict(writers.met)}"


def held_lock(cluster: Cluster, portal: Portal) -> str:
    """Somebody holds a row for long: a write on it answers 503 in time, everything else goes on meanwhile."""
    body = {"requestId": "held-1", "externalId": "held", "customerProfile": "b2b"}
    assert portal.ask("POST", f"{CASM}/customers/create", body).status == 200
    rename = {"requestId": "held-2", "customer": {"externalId": "held"}, "customName": "renamed"}
    took: list[Any] = []

    def write() -> None:
        began = time.monotonic()
        took.append((portal.ask("POST", f"{CASM}/customers/update-custom-name", rename), time.monotonic() - began))

    with psycopg.connect(cluster.url) as other:
        other.execute(LOCKED, ["held"])
        waiting = threading.Thread(target=write)
        waiting.start()
        slowest, asked = 0.0, 0
        while waiting.is_alive():
            began = time.monotonic()
            assert portal.ask("GET", f"{CASM}/customers/read?externalId=held").status == 200
            assert portal.ask("GET", f"{CASM}/customers").status == 200
            asked += 2
            slowest = max(slowest, time.monotonic() - began)
        other.rollback()
    [(answer, seconds)] = took
    assert answer.said_when, answer
    assert seconds < 20, seconds
    assert portal.ask("POST", f"{CASM}/customers/update-custom-name", rename).status == 200
    proved(portal)
    return f"503 after {seconds:.1f} s; {asked} reads beside it, the slowest pair {slowest:.2f} s"


def slow_clients(cluster: Cluster, portal: Portal) -> str:
    """Clients that connect and say nothing, that stop in the middle, that send too much."""
    lines = [socket.create_connection(("127.0.0.1", portal.port)) for _ in range(40)]
    began = time.monotonic()
    assert portal.ask("GET", f"{CASM}/customers").status == 200
    silent = time.monotonic() - began
    assert silent < 5, silent
    for line in lines:
        line.close()
    head = f"POST {CASM}/customers/create HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    keys = "".join(f"{name}: {value}\r\n" for name, value in portal.key.items())
    # Refused by its length alone: nobody waits for the gigabyte.
    with socket.create_connection(("127.0.0.1", portal.port), timeout=20) as line:
        line.sendall(f"{head}{keys}Content-Length: 1000000000\r\n\r\n{{".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")
    # A slow one that goes on is served.
    body = b'{"requestId": "slow-1", "customerProfile": "b2b"}'
    with socket.create_connection(("127.0.0.1", portal.port), timeout=20) as line:
        line.sendall(f"{head}{keys}Content-Length: {len(body)}\r\n\r\n".encode() + body[:9])
        time.sleep(3)
        line.sendall(body[9:20])
        time.sleep(3)
        line.sendall(body[20:])
        assert line.recv(100).startswith(b"HTTP/1.1 200 ")
    # More of them than there are threads, each with a body that does not come to its end.
    lines = [socket.create_connection(("127.0.0.1", portal.port)) for _ in range(4 * portal.threads)]
    for line in lines:
        line.sendall(f"{head}{keys}Content-Length: 1000\r\n\r\n{{".encode())
    time.sleep(0.5)
    began = time.monotonic()
    answer = portal.ask("GET", f"{CASM}/customers")
    stuck = time.monotonic() - began
    lines[0].settimeout(30)
    told = lines[0].recv(100)
    assert told == b"" or told.startswith(b"HTTP/1.1 400 "), told
    cut = time.monotonic() - began
    for line in lines:
        line.close()
    assert answer.status == 200
    # At worst all of them came to one process, whose threads took them one after the other.
    assert stuck < 10 * len(lines) / portal.threads + 10, stuck
    words = f"{len(lines)} stuck ones in {stuck:.1f} s, which were cut off after {cut:.1f} s"
    return f"beside 40 silent ones answered in {silent:.2f} s, beside {words}"


def overload(cluster: Cluster, portal: Portal) -> str:
    """512 clients at once get at least nine tenths of what 8 get done, and nothing worse than 503 or 429."""
    few, _ = rate(portal, 8, "eight")
    many, met = rate(portal, 512, "many")
    assert set(met) <= {"200", "503", "429"}, dict(met)
    assert many >= 0.9 * few, (few, many)
    proved(portal)
    return f"{few:.0f} requests a second from 8 clients, {many:.0f} from 512; {dict(met)}"


def rate(portal: Portal, clients: int, name: str, seconds: float = 15) -> tuple[float, Counter[str]]:
    """Write from so many clients on lines that stay open; return how much is done a second, and what came back."""
    met: Counter[str] = Counter()
    stop = time.monotonic() + seconds

    def client(number: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60)
        step = 0
        while time.monotonic() < stop:
            body = f'{{"requestId": "{name}-{number}-{step}", "customerProfile": "b2b"}}'
            try:
                line.request(
                    "POST", f"{CASM}/customers/create", body, portal.key | {"Content-Type": "application/json"}
                )
                answer = line.getresponse()
                answer.read()
                if time.monotonic() < stop + 1:
                    met[str(answer.status)] += 1
            except (OSError, http.client.HTTPException) as error:
                # A kept line that the server closed just then; the client opens another one and sends it again.
                line.close()
                if not isinstance(error, http.client.RemoteDisconnected | ConnectionResetError):
                    met[type(error).__name__] += 1
                continue
            step += 1

    threads = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=seconds + 90)
    return met["200"] / seconds, met


SCENARIOS: dict[str, Scenario] = {
    found.__name__: found for found in (killed, database_away, too_few_connections, held_lock, slow_clients, overload)
}
