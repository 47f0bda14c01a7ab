"""A small internet on loopback: names, hosts on public and inner addresses, and servers that mean harm.

Names are answered by a DNS server of our own. A connection that the guard lets through is led to a listener on
loopback that stands for its address; whatever leads to an inner address is counted.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache

import aiohttp
import trustme
from dnslib import AAAA, QTYPE, RCODE, RR, A, DNSRecord

from bot.probe import AddrInfo, Network, ask
from bot.replies import Ask, Limits, Reply

PUBLIC, PLAIN, DEAD = "203.14.0.1", "203.14.0.2", "203.14.0.9"  # PLAIN knows no TLS, DEAD never answers
PUBLIC_6 = "2606:4700::1"
OUTER = (PUBLIC, PLAIN, DEAD, PUBLIC_6)  # all other addresses are inner ones, whatever the guard thinks of them
METADATA, CGNAT, PRIVATE = "169.254.169.254", "100.64.0.7", "10.1.2.3"

Serve = Callable[[socket.socket, bytes], None]


def replies(asks: Iterable[Ask], limits: Limits, network: Network) -> dict[str, Reply]:
    """Return the replies as they are."""
    return ask(asks, limits, network, lambda _, reply: reply)


def says(status: str, *headers: str, body: bytes = b"") -> Serve:
    """A server that answers once and hangs up."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    head = "\r\n".join([*lines, "", ""]).encode()
    return lambda conn, asked: conn.sendall(head + (b"" if asked.startswith(b"HEAD") else body))


def forever(head: str, chunk: bytes, pause: float = 0) -> Serve:
    """A server that never ends what it sends."""

    def serve(conn: socket.socket, _: bytes) -> None:
        conn.sendall(head.encode())
        while True:
            conn.sendall(chunk)
            time.sleep(pause)

    return serve


def silent(conn: socket.socket, _: bytes) -> None:
    """A server that takes the request and says nothing, until its client has enough."""
    conn.recv(1)


@cache
def _packed() -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(300)), packer.flush()])


def bomb(conn: socket.socket, _: bytes) -> None:
    """300 MB of nothing, in 1 MB."""
    body = _packed()
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    conn.sendall(head.encode() + body)


class Laboratory:
    """`names` gives for each name the answers to its successive queries, each a list of addresses; the last one
    lasts. `pages` gives what is served by host and path, `*` for all paths. `asked` has the heads received."""

    def __init__(self) -> None:
        self.names: dict[str, list[list[str]]] = {"api.gouv.fr": [[PUBLIC]]}  # known wherever names are
        self.pages: dict[tuple[str, str], Serve] = {}
        self.certificates: dict[str, ssl.SSLContext] = {}
        self.asked: list[bytes] = []
        self.reached: list[str] = []  # addresses to which the guard let a connection be opened
        self.accepts: Counter[str] = Counter()  # by `outer` or `inner` listener
        self._queries: Counter[str] = Counter()
        self._authority = trustme.CA()
        self._open: list[socket.socket] = []
        self._ports: dict[tuple[str, int], int] = {}

    def host(self, name: str, serve: Serve, path: str = "*", *answers: list[str]) -> None:
        """Put a server on the internet, at a public address unless `answers` say otherwise."""
        self.pages[name, path] = serve
        self.names.setdefault(name, list(answers) or [[PUBLIC]])
        self.certificates.setdefault(name, self._certificate(name))

    def with_certificate(self, name: str, *, of: str | None = None, days: float = 30, trusted: bool = True) -> None:
        """Put a protected server on the internet whose certificate may lack something."""
        self.host(name, says("200 OK"))
        self.certificates[name] = self._certificate(of or name, days, trusted)

    def network(self, allowed: frozenset[str] = frozenset()) -> Network:
        """Return the way to reach this internet."""

        def resolver() -> aiohttp.AsyncResolver:
            return aiohttp.AsyncResolver(nameservers=["127.0.0.1"], udp_port=self._dns, timeout=1, tries=1)

        def trusted() -> ssl.SSLContext:
            context = ssl.create_default_context()
            self._authority.configure_trust(context)
            return context

        return Network(allowed, resolver, self._opened, trusted)

    @contextmanager
    def running(self) -> Iterator[Laboratory]:
        """Serve until the end of the block."""
        _packed()  # beforehand: its client is impatient
        names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        names.bind(("127.0.0.1", 0))
        self._dns = names.getsockname()[1]
        self._open.append(names)
        threading.Thread(target=self._answer_names, args=(names,), daemon=True).start()
        for which in ("outer", "inner"):
            for port in (80, 443):
                listener = socket.create_server(("127.0.0.1", 0), backlog=128)
                self._open.append(listener)
                self._ports[which, port] = listener.getsockname()[1]
                threading.Thread(target=self._listen, args=(listener, which, port), daemon=True).start()
        try:
            yield self
        finally:
            for opened in self._open:
                opened.close()

    def _opened(self, info: AddrInfo) -> socket.socket:
        address, port = info[4][:2]
        self.reached.append(address)
        if address == DEAD:
            raise OSError("no route to host")
        protected = port == 443 and address != PLAIN
        listener = self._ports["outer" if address in OUTER else "inner", 443 if protected else 80]

        class Led(socket.socket):
            def connect(self, _: object) -> None:
                super().connect(("127.0.0.1", listener))

        class Led6(Led):
            """An IPv6 address is led to the same listener: only its family shows."""

            family = property(lambda _: socket.AF_UNIX)  # so that asyncio resolves nothing more

        return (Led6 if ":" in address else Led)(socket.AF_INET, socket.SOCK_STREAM)

    def _certificate(self, name: str, days: float = 30, trusted: bool = True) -> ssl.SSLContext:
        authority = self._authority if trusted else trustme.CA()
        end = datetime.now(UTC) + timedelta(days=days)
        issued = authority.issue_cert(name, not_before=end - timedelta(days=90), not_after=end)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(context)
        return context

    def _protected(self) -> ssl.SSLContext:
        def choose(conn: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            conn.context = self.certificates[str(name)]

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = choose
        return context

    def _answer_names(self, server: socket.socket) -> None:
        while True:
            try:
                packet, client = server.recvfrom(512)
            except OSError:
                return
            query = DNSRecord.parse(packet)
            name, reply = str(query.q.qname).rstrip("."), query.reply()
            answers = self.names.get(name)
            if answers == []:
                continue  # a name server that never answers
            if answers is None:
                reply.header.rcode = RCODE.NXDOMAIN
            else:
                number = self._queries[f"{name} {query.q.qtype}"]
                self._queries[f"{name} {query.q.qtype}"] += 1
                for address in answers[min(number, len(answers) - 1)]:
                    kind, data = (QTYPE.AAAA, AAAA) if ":" in address else (QTYPE.A, A)
                    if kind == query.q.qtype:
                        reply.add_answer(RR(name, kind, rdata=data(address), ttl=0))
            server.sendto(reply.pack(), client)

    def _listen(self, listener: socket.socket, which: str, port: int) -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            self.accepts[which] += 1
            threading.Thread(target=self._serve, args=(conn, port), daemon=True).start()

    def _serve(self, accepted: socket.socket, port: int) -> None:
        # A client that hangs up in the middle is what most of these servers are for.
        with suppress(OSError), accepted:
            accepted.settimeout(20)
            if port == 443:
                with self._protected().wrap_socket(accepted, server_side=True) as protected:
                    self._reply(protected)
            else:
                self._reply(accepted)

    def _reply(self, conn: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            part = conn.recv(4096)
            if not part:
                return None
            head += part
            if head[0] == 0x16:  # a TLS greeting
                return says("400 Bad Request")(conn, head)
        self.asked.append(head)
        path = head.split(b" ")[1].decode()
        host = head.lower().split(b"\r\nhost: ")[1].split(b"\r\n")[0].decode().split(":")[0]
        serve = self.pages.get((host, path)) or self.pages.get((host, "*"))
        if serve:
            serve(conn, head)
        return None
