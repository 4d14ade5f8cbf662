"""Writers that keep on at the portal, retry what was interrupted under the same requestId, and note what they were told."""

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from typing import Any

from tests.faults.portal import Answer, Portal

CASM = "/v1/casm"


class Writers:
    """Several threads of writes: each makes a customer, then renames it."""

    def __init__(self, portal: Portal, count: int = 8, name: str = "w") -> None:
        self.portal = portal
        self.name = name
        self.halt = threading.Event()
        self.acknowledged: dict[str, tuple[str, dict[str, Any], bytes]] = {}
        self.met: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.threads = [threading.Thread(target=self._write, args=(number,), daemon=True) for number in range(count)]

    def __enter__(self) -> "Writers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.halt.set()
        for thread in self.threads:
            thread.join(timeout=120)
            assert not thread.is_alive(), "a writer hangs"

    def wait_for(self, acknowledged: int, seconds: float = 300) -> None:
        """Wait until so many writes were acknowledged in all."""
        deadline = time.monotonic() + seconds
        while len(self.acknowledged) < acknowledged:
            assert time.monotonic() < deadline, f"only {len(self.acknowledged)} of {acknowledged}: {dict(self.met)}"
            time.sleep(0.05)

    def _write(self, number: int) -> None:
        for step in itertools.count():
            if self.halt.is_set():
                return
            one = f"{self.name}-{number}-{step}"
            made = {"requestId": f"{one}-make", "externalId": one, "customerProfile": "b2b", "customName": one}
            renamed = {"requestId": f"{one}-name", "customer": {"externalId": one}, "customName": f"{one} renamed"}
            self._until_answered(f"{CASM}/customers/create", made)
            self._until_answered(f"{CASM}/customers/update-custom-name", renamed)

    def _until_answered(self, path: str, body: dict[str, Any]) -> None:
        """Send until the answer is final, even after the end was called: every request comes to an end."""
        for attempt in itertools.count(1):
            try:
                answer = self.portal.ask("POST", path, body, patience=30)
            except (OSError, http.client.HTTPException) as error:
                kind = "refused" if isinstance(error, ConnectionRefusedError) else "interrupted"
                self.met[kind] += 1
                time.sleep(0.1)
                continue
            self.met[str(answer.status)] += 1
            if answer.status == 200:
                self.met["replayed"] += "Idempotent-Replay" in answer.headers
                self.acknowledged[body["requestId"]] = (path, body, answer.body)
                return
            if not answer.said_when:
                self.complaints.append(f"{body['requestId']}, attempt {attempt}: {answer.status} {answer.body[:300]!r}")
                return
            time.sleep(0.1)

    def retell(self) -> None:
        """Send every acknowledged request once more: each is answered with the very same bytes, and none is lost."""
        assert self.complaints == [], self.complaints[:5]
        for path, body, told in self.acknowledged.values():
            answer = again(self.portal, path, body)
            assert (answer.status, answer.headers.get("Idempotent-Replay")) == (200, "true"), body
            assert answer.body == told, body

    def standing(self) -> None:
        """Demand that each customer stands once, under the name that was acknowledged last."""
        makes = [body for _, body, _ in self.acknowledged.values() if "externalId" in body]
        for body in makes:
            read = self.portal.ask("GET", f"{CASM}/customers/read?externalId={body['externalId']}")
            assert (read.status, json.loads(read.body)["customName"]) == (200, f"{body['externalId']} renamed"), body
            told = self.portal.ask("GET", f"{CASM}/customers/history?externalId={body['externalId']}")
            assert [item["version"] for item in json.loads(told.body)["items"]] == [2, 1], body


def again(portal: Portal, path: str, body: dict[str, Any]) -> Answer:
    """Send a request until the answer is more than a refusal for the moment."""
    while True:
        answer = portal.ask("POST", path, body)
        if answer.status != 503:
            return answer
        time.sleep(0.1)
