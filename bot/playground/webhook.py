"""Webhook deliveries, signed as GitHub signs them and posted to the receiver.

https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import uuid
from urllib.parse import urlencode, urlsplit

from bot.playground.store import Store
from bot.playground.traffic import Delivery, Event

PATIENCE = 10  # seconds: https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries


class Hook:
    """Where deliveries go: `url` of the receiver, `secret`, and whether payloads travel as a form instead of JSON."""

    def __init__(self, store: Store, url: str, secret: str, form: bool = False) -> None:
        self.url, self.secret, self.form = url, secret, form
        self._store = store
        store.hook = self

    def deliver(self, event: Event, guid: str | None = None) -> Delivery:
        """Send an event and return how it was answered: `status_code` is 0 when nobody answered in 10 s."""
        return self._send(event, guid or str(uuid.uuid4()), redelivery=False)

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Send a delivery again under the same GUID."""
        return self._send(Event(delivery.event, delivery.payload), delivery.guid, redelivery=True)

    def request(self, event: Event, guid: str) -> tuple[dict[str, str], bytes]:
        """Return the headers and the raw body of a delivery."""
        body = json.dumps(event.payload, ensure_ascii=False, separators=(",", ":"))
        if self.form:
            body = urlencode({"payload": body})
        return headers(event, guid, self.secret, body.encode(), self.form), body.encode()

    def _send(self, event: Event, guid: str, *, redelivery: bool) -> Delivery:
        store = self._store
        with store.lock:
            made = Delivery(store.next_id(), guid, event.name, event.payload, redelivery, store.clock())
            store.deliveries.append(made)
        sent, body = self.request(event, guid)
        target = urlsplit(self.url)
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=PATIENCE)
        try:
            connection.request("POST", target.path, body, sent)
            made.status_code = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            made.status_code = 0
        finally:
            connection.close()
        return made


def headers(event: Event, guid: str, secret: str, body: bytes, form: bool = False) -> dict[str, str]:
    """Return the headers of a delivery; the signature is the HMAC SHA-256 of the raw body."""
    return {
        "Accept": "*/*",
        "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
        "User-Agent": "GitHub-Hookshot/playground",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event.name,
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
