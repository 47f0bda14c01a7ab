"""Receives a delivery: raw bytes, signature, is it of use, kept durably, and only then answered.

https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException, ServiceUnavailable, Unauthorized, UnsupportedMediaType

from bot.hint import Hint
from bot.journal import Journal
from webhooks.events import hint, subject

log = logging.getLogger(__name__)

MOST_BYTES = 25 * 1024 * 1024  # GitHub sends no larger payload
PATH = "/webhooks/github"
MEDIA_TYPES = _JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


def receiver(secrets: Sequence[str], deliver: Callable[[str, Hint], bool], journal: Journal) -> Blueprint:
    """Return the address that receives deliveries signed with one of `secrets`.

    `deliver` keeps a hint durably under the id of its delivery, and returns False where it had it.
    """
    keys = [secret.encode() for secret in secrets if secret]
    if not keys:
        raise ValueError("a receiver without a secret would believe anyone")
    door = Blueprint("receive", __name__)

    @door.post(PATH)
    def receive() -> tuple[Response, int]:
        begun = time.time()
        # The media type is read before the body, and the body before anything is believed.
        if request.mimetype not in MEDIA_TYPES:
            raise UnsupportedMediaType(f"send {_JSON} or {_FORM}")
        body = request.get_data(cache=False)
        if not _signed(body, request.headers.get("X-Hub-Signature-256", ""), keys):
            raise Unauthorized("the signature X-Hub-Signature-256 is missing or wrong")
        payload = _payload(body)
        event, delivery = request.headers.get("X-GitHub-Event", ""), request.headers.get("X-GitHub-Delivery", "")
        if not event or not delivery:
            raise BadRequest("the headers X-GitHub-Event and X-GitHub-Delivery are required")
        if event == "ping":
            return jsonify(pong=str(payload.get("zen", ""))), 200
        found = hint(event, payload)
        action = str(payload.get("action") or "")
        action = action if action.isidentifier() else ""
        if found is None:
            journal.received(delivery, event, action, subject(payload), begun, ignored=True)
            return jsonify(ignored=event), 202
        try:
            new = deliver(delivery, found)  # durable from here on
        except Exception as fault:
            log.exception("a delivery could not be kept")
            raise ServiceUnavailable("the delivery could not be kept: send it again") from fault
        journal.received(delivery, event, action, str(found), begun)
        return (jsonify(accepted=delivery) if new else jsonify(redelivered=delivery)), 202

    door.register_error_handler(HTTPException, _refusal)
    return door


def _signed(body: bytes, claimed: str, keys: Sequence[bytes]) -> bool:
    """Return whether `claimed` is a signature of these very bytes; takes as long whichever key fits, or none."""
    fits = [
        hmac.compare_digest(b"sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest().encode(), claimed.encode())
        for key in keys
    ]
    return any(fits)


def _payload(body: bytes) -> Mapping[str, Any]:
    try:
        if request.mimetype == _FORM:
            body = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=1)["payload"][0].encode()
        payload = json.loads(body)
    except (ValueError, KeyError, RecursionError) as fault:
        raise BadRequest("the payload is not JSON") from fault
    if not isinstance(payload, dict):
        raise BadRequest("the payload is not a JSON object")
    return payload


def _refusal(fault: HTTPException) -> tuple[Response, int]:
    """Answer in one line of JSON."""
    return jsonify(error=fault.description), fault.code or 500
