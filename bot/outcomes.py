"""What a status, a certificate or a connection that failed tells of an address. Nothing is opened here."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

import aiohttp

from bot.replies import Reply
from rules.evidence import Reach

_GONE, _WALLS = (404, 410), (401, 403, 429)
_NO_SUCH_NAME = 4  # ARES_ENOTFOUND of c-ares: the name servers say so, unlike when they are silent
# What OpenSSL says of a certificate, in one word. https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
_CERTIFICATES = {10: "expired", 18: "self-signed", 19: "self-signed", 20: "issuer", 21: "issuer", 62: "name"}


class PrivateError(OSError):
    """The address is not of the public internet. All have the same words, else they would be wrapped."""


def of_status(status: int) -> Reach:
    """Return what a status of HTTP means."""
    if 200 <= status < 300:
        return Reach.REACHABLE
    if status in _WALLS:
        return Reach.REFUSED
    return Reach.GONE if status in _GONE else Reach.UNKNOWN


def of_failure(error: Exception) -> Reply:
    """Return what a connection that failed tells."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        code = getattr(error.certificate_error, "verify_code", 0)
        return Reply(Reach.BROKEN, why=_CERTIFICATES.get(code, "tls"))
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return Reply(Reach.BROKEN, why="tls")
    reason = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(reason, PrivateError):
        return Reply(Reach.UNKNOWN, why="private")
    if reason.__cause__ is not None and reason.__cause__.args[:1] == (_NO_SUCH_NAME,):
        return Reply(Reach.GONE, why="no-host")
    return Reply(Reach.UNKNOWN, why="connection")


def hung_up(error: Exception) -> bool:
    """Whether a server took the request and ended the connection, as some do where they don't know HEAD."""
    gone = isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError)
    return gone and not isinstance(error, aiohttp.ClientConnectorError)


def noting(context: ssl.SSLContext, ends: dict[str, str]) -> ssl.SSLContext:
    """Have `context` note in `ends` until which day the certificate of each host holds."""

    class Noting(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            end = ssl.cert_time_to_seconds(str((self.getpeercert() or {})["notAfter"]))
            ends[str(self.server_hostname)] = datetime.fromtimestamp(end, UTC).date().isoformat()

    context.sslobject_class = Noting  # https://docs.python.org/3/library/ssl.html#ssl.SSLContext.sslobject_class
    return context
