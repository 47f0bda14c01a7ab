"""Addresses given by strangers are asked for safely: every trick of the laboratory is tried."""

from __future__ import annotations

import gc
import threading
import time
import tomllib
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address
from itertools import pairwise
from pathlib import Path

import pytest
from laboratory import (
    CGNAT,
    DEAD,
    METADATA,
    OUTER,
    PLAIN,
    PRIVATE,
    PUBLIC,
    PUBLIC_6,
    Laboratory,
    bomb,
    forever,
    replies,
    says,
    silent,
)

from bot import PROJECT, VERSION, addresses, turns
from bot.addresses import is_public
from bot.probe import MOST_REDIRECTS, ask
from bot.replies import Ask, Limits, Reply
from rules.evidence import Reach

ROOT = Path(__file__).parent.parent
LIMITS = Limits(deadline=3, each=1.2, again=0.1)
ENDLESS = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b"a" * 65536 + b"\r\n"


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    with Laboratory().running() as made:
        made.names |= {
            "localhost.test": [["127.0.0.1"]],
            "metadata.test": [[METADATA]],
            "cgnat.test": [[CGNAT]],
            "private.test": [[PRIVATE]],
            "six.test": [["fd00::1"]],
            "mapped.test": [["::ffff:a01:203"]],
            "mixed.test": [[DEAD, PRIVATE, "fd00::1"]],
            "dead.test": [[DEAD]],
        }
        made.names["mute.test"] = []
        made.host("good.test", says("200 OK", "Content-Type: text/html", body=b"Bonjour"))
        made.host("six-good.test", says("200 OK"), "*", [PUBLIC_6])
        for status in ("404 Not Found", "410 Gone", "401 Unauthorized", "403 Forbidden", "429 Slow Down", "500 Oops"):
            made.host(f"{status[:3]}.test", says(status))
        # The first query of each family gets a public address, all others a private one.
        made.host("rebinding.test", says("302 Found", "Location: /inner"), "*", [PUBLIC], [PRIVATE])
        made.host("to-name.test", says("302 Found", "Location: http://private.test/"))
        made.host("to-metadata.test", says("301 Moved", f"Location: http://{METADATA}/latest/meta-data/"))
        made.host("to-loopback.test", says("307 Again", "Location: http://[::1]/"))
        made.host("to-port.test", says("302 Found", "Location: http://good.test:22/"))
        made.host("to-file.test", says("302 Found", "Location: file:///etc/passwd"))
        made.host("to-user.test", says("302 Found", "Location: http://a:b@good.test/"))
        made.host("to-nothing.test", says("302 Found"))
        made.host("to-nonsense.test", says("302 Found", "Location: http://[::"))
        made.host("to-good.test", says("302 Found", "Location: //good.test/ici"))
        made.host("loop.test", says("302 Found", "Location: /"))
        made.host("silent.test", silent)
        made.host("slow-head.test", forever("HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.1))
        made.host("slow-body.test", forever(ENDLESS, b"1\r\na\r\n", 0.1))
        made.host("endless.test", forever(ENDLESS, CHUNK))
        made.host("endless-head.test", forever("HTTP/1.1 200 OK\r\n", b"X-A: " + b"b" * 4000 + b"\r\n"))
        made.host("endless-line.test", forever("HTTP/1.1 200 OK\r\nX-A: ", b"b" * 65536))
        made.host("endless-100.test", forever("", b"HTTP/1.1 100 Continue\r\n\r\n"))
        made.host("bomb.test", bomb)
        made.host("nonsense.test", lambda conn, _: conn.sendall(b"SSH-2.0-OpenSSH_9.6\r\n"))
        made.host("hangs-up.test", lambda *_: None)
        made.host("no-tls.test", says("200 OK"), "*", [PLAIN])
        made.with_certificate("tls.test", days=30)
        made.with_certificate("expired.test", days=-1)
        made.with_certificate("name.test", of="other.test")
        made.with_certificate("issuer.test", trusted=False)
        yield made


def one(laboratory: Laboratory, url: str, most: int = 0, limits: Limits = LIMITS, **how: bool) -> Reply:
    (reply,) = replies([Ask(url, most, **how)], limits, laboratory.network()).values()
    return reply


INNER = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://localhost.test/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://①②⑦.0.0.1/",
    "http://127.0.0.1./",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25lo]/",
    "http://[fd00::1]/",
    "http://[ff02::1]/",
    f"http://{METADATA}/latest/meta-data/",
    "http://metadata.test/",
    "http://cgnat.test/",
    "http://private.test/",
    "https://private.test/",
    "http://six.test/",
    "http://mapped.test/",
    "http://mixed.test/",
    "http://rebinding.test/",
    "http://to-name.test/",
    "http://to-metadata.test/",
    "http://to-loopback.test/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://192.0.2.1/",
    "http://192.0.0.8/",
    "http://198.18.0.1/",
    "http://192.88.99.1/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[2001:20::1]/",
]
NEVER_OPENED = [
    "ftp://good.test/",
    "file:///etc/passwd",
    "gopher://good.test/",
    "javascript:alert(1)",
    "http://user:word@good.test/",
    "http://good.test:8080/",
    "http://good.test:22/",
    "http:///nothing",
    "http://[::",
    "/swaggers/a.json",
    "http://to-port.test/",
    "http://to-file.test/",
    "http://to-user.test/",
    "http://to-nonsense.test/",
]


def test_no_connection_reaches_an_inner_address(laboratory: Laboratory) -> None:
    got = replies([Ask(url) for url in INNER] + [Ask(f"{url}b", 1000) for url in INNER], LIMITS, laboratory.network())
    assert len(got) == 2 * len(INNER)
    assert {reply.outcome for reply in got.values()} <= {Reach.UNKNOWN, Reach.GONE}
    assert laboratory.accepts["inner"] == 0
    assert set(laboratory.reached) <= set(OUTER)
    for url in ("http://127.0.0.1/", "http://cgnat.test/", "http://metadata.test/", "http://to-name.test/"):
        assert got[url].why == "private"


def test_the_laboratory_counts_what_reaches_an_inner_address(laboratory: Laboratory) -> None:
    """Without the guard they would: an allowed host is led to the inner listener."""
    before = laboratory.accepts["inner"]
    allowed = laboratory.network(frozenset({"private.test"}))
    laboratory.pages["private.test", "*"] = says("200 OK")
    try:
        (reply,) = replies([Ask("http://private.test/")], LIMITS, allowed).values()
        (other,) = replies([Ask("http://cgnat.test/")], LIMITS, allowed).values()
        assert (reply.outcome, other.why) == (Reach.REACHABLE, "private")
        assert laboratory.accepts["inner"] == before + 1
    finally:
        laboratory.accepts["inner"] = before


@pytest.mark.parametrize("url", NEVER_OPENED)
def test_addresses_that_nobody_may_have_us_open(laboratory: Laboratory, url: str) -> None:
    assert one(laboratory, url) == Reply(Reach.UNKNOWN, why="forbidden")


@pytest.mark.parametrize(
    ("url", "outcome", "status", "why"),
    [
        ("http://good.test/", Reach.REACHABLE, 200, ""),
        ("http://six-good.test/", Reach.REACHABLE, 200, ""),
        ("https://tls.test/", Reach.REACHABLE, 200, ""),
        ("http://404.test/", Reach.GONE, 404, ""),
        ("http://410.test/", Reach.GONE, 410, ""),
        ("http://nobody.test/", Reach.GONE, 0, "no-host"),
        ("http://401.test/", Reach.REFUSED, 401, ""),
        ("http://403.test/", Reach.REFUSED, 403, ""),
        ("http://429.test/", Reach.REFUSED, 429, ""),
        ("http://500.test/", Reach.UNKNOWN, 500, ""),
        ("http://dead.test/", Reach.UNKNOWN, 0, "connection"),
        ("http://mute.test/", Reach.UNKNOWN, 0, "connection"),
        ("http://silent.test/", Reach.UNKNOWN, 0, "slow"),
        ("http://slow-head.test/", Reach.UNKNOWN, 0, "slow"),
        ("http://endless-head.test/", Reach.UNKNOWN, 0, "connection"),
        ("http://endless-line.test/", Reach.UNKNOWN, 0, "connection"),
        ("http://nonsense.test/", Reach.UNKNOWN, 0, "connection"),
        ("http://hangs-up.test/", Reach.UNKNOWN, 0, "connection"),
        ("http://loop.test/", Reach.UNKNOWN, 0, "redirects"),
        ("http://to-nothing.test/", Reach.UNKNOWN, 302, ""),
        ("https://expired.test/", Reach.BROKEN, 0, "expired"),
        ("https://name.test/", Reach.BROKEN, 0, "name"),
        ("https://issuer.test/", Reach.BROKEN, 0, "issuer"),
        ("https://no-tls.test/", Reach.BROKEN, 0, "tls"),
    ],
)
def test_what_is_said_of_each_answer(laboratory: Laboratory, url: str, outcome: Reach, status: int, why: str) -> None:
    reply = one(laboratory, url)
    assert (reply.outcome, reply.status, reply.why) == (outcome, status, why)


def test_until_when_a_certificate_holds(laboratory: Laboratory) -> None:
    assert one(laboratory, "https://tls.test/").until == (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    assert one(laboratory, "http://good.test/").until == ""


def test_where_redirects_lead(laboratory: Laboratory) -> None:
    assert one(laboratory, "http://to-good.test/").final == "http://good.test/ici"
    assert one(laboratory, "http://good.test/").final == ""
    assert one(laboratory, "http://good.test/#titre").final == ""


def test_redirects_are_counted(laboratory: Laboratory) -> None:
    before = len(laboratory.asked)
    one(laboratory, "http://loop.test/")
    assert len(laboratory.asked) - before == MOST_REDIRECTS + 1


def test_a_single_request_follows_nothing(laboratory: Laboratory) -> None:
    before = len(laboratory.asked)
    assert one(laboratory, "http://to-good.test/", once=True) == Reply(Reach.UNKNOWN, 302)
    assert one(laboratory, "http://404.test/", once=True).outcome is Reach.GONE
    assert [head.split()[0] for head in laboratory.asked[before:]] == [b"GET", b"GET"]


def test_what_is_gone_is_asked_for_twice(laboratory: Laboratory) -> None:
    answers = [says("404 Not Found"), says("404 Not Found"), says("200 OK")]  # HEAD, GET, then HEAD again

    laboratory.host("back.test", lambda conn, asked: answers.pop(0)(conn, asked))
    assert one(laboratory, "http://back.test/").outcome is Reach.REACHABLE
    before = len(laboratory.asked)
    assert one(laboratory, "http://404.test/").outcome is Reach.GONE
    assert len(laboratory.asked) - before == 4


def test_get_only_where_head_is_refused(laboratory: Laboratory) -> None:
    def no_head(conn: object, asked: bytes) -> None:
        says("405 Not Allowed" if asked.startswith(b"HEAD") else "200 OK")(conn, asked)  # type: ignore[arg-type]

    laboratory.host("no-head.test", no_head)
    before = len(laboratory.asked)
    assert one(laboratory, "http://no-head.test/").outcome is Reach.REACHABLE
    assert one(laboratory, "http://good.test/").outcome is Reach.REACHABLE
    assert [head.split()[0] for head in laboratory.asked[before:]] == [b"HEAD", b"GET", b"HEAD"]


def test_documents_are_read_up_to_their_limit(laboratory: Laboratory) -> None:
    assert one(laboratory, "http://good.test/", 7).body == b"Bonjour"
    assert one(laboratory, "http://good.test/", 6).body is None
    assert one(laboratory, "http://endless.test/", 100_000).body is None
    assert one(laboratory, "http://bomb.test/", 10_000_000).why == "compressed"
    assert one(laboratory, "http://bomb.test/", 10_000_000).body == b""
    assert one(laboratory, "http://slow-body.test/", 1000).why == "slow"


def test_whose_pages_may_load_it(laboratory: Laboratory) -> None:
    for value, may in (("*", True), ("https://api.gouv.fr", True), ("https://other.fr", False)):
        laboratory.host("cors.test", says("200 OK", f"Access-Control-Allow-Origin: {value}"))
        assert one(laboratory, "http://cors.test/", 100).origin is may
    assert b"Origin: https://api.gouv.fr" in laboratory.asked[-1]


def test_nothing_of_ours_is_sent(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """No cookie, no proxy of the environment, no password of a netrc file."""
    netrc = tmp_path / "netrc"  # type: ignore[operator]
    netrc.write_text("machine cookie.test login moi password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    laboratory.host("cookie.test", says("302 Found", "Set-Cookie: a=b", "Location: /fin"), "/")
    laboratory.host("cookie.test", says("200 OK"), "/fin")
    before = len(laboratory.asked)
    assert one(laboratory, "http://cookie.test/").outcome is Reach.REACHABLE
    heads = b"".join(laboratory.asked[before:]).lower()
    assert b"cookie:" not in heads
    assert b"authorization:" not in heads
    assert heads.count(b"user-agent: greffier/") == 2


HOSTILE = ["silent", "slow-head", "slow-body", "endless", "endless-head", "endless-line", "endless-100", "bomb"]


def test_nothing_outlives_the_deadline_nor_fills_the_memory(laboratory: Laboratory) -> None:
    asks = [Ask(f"http://{name}.test/{n}", n * 1000) for name in HOSTILE for n in range(5)]
    network, limits = laboratory.network(), Limits(deadline=2, each=5)
    replies([Ask("http://good.test/")], limits, network)
    gc.collect()
    tracemalloc.start()
    start = time.monotonic()
    got = replies(asks, limits, network)
    spent = time.monotonic() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(got) == len(asks)
    assert spent < limits.deadline + 0.5  # type: ignore[operator]
    assert peak < 5_000_000


def test_so_many_at_once_and_so_many_per_host(laboratory: Laboratory) -> None:
    running: dict[str, int] = {}
    most: dict[str, int] = {}

    def watched(conn: object, asked: bytes) -> None:
        host = asked.split(b"Host: ")[1].split(b".")[0].decode()
        for name in (host, "all"):
            running[name] = running.get(name, 0) + 1
            most[name] = max(most.get(name, 0), running[name])
        time.sleep(0.05)
        for name in (host, "all"):
            running[name] -= 1
        says("200 OK")(conn, asked)  # type: ignore[arg-type]

    for n in range(8):
        laboratory.host(f"busy{n}.test", watched)
    asks = [Ask(f"http://busy{n}.test/{page}") for n in range(8) for page in range(5)]
    got = replies(asks, Limits(), laboratory.network())
    assert {reply.outcome for reply in got.values()} == {Reach.REACHABLE}
    assert most.pop("all") <= 8
    assert max(most.values()) <= 2


def test_requests_to_one_host_are_apart(laboratory: Laboratory) -> None:
    at: list[float] = []

    def timed(conn: object, asked: bytes) -> None:
        at.append(time.monotonic())
        says("200 OK")(conn, asked)  # type: ignore[arg-type]

    laboratory.host("polite.test", timed)
    replies([Ask(f"http://polite.test/{n}") for n in range(4)], Limits(None, pause=0.1), laboratory.network())
    assert all(later - sooner > 0.08 for sooner, later in pairwise(at))


# One address at least of each kind: whoever deletes a range, or a test of the standard library, fails one of these.
INNER_ADDRESSES = [
    *("10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "0.1.2.3", "169.254.169.254", "100.64.0.7", "198.18.0.1"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "192.0.0.8", "192.88.99.1", "168.63.129.16", "224.0.0.1"),
    *("240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "fe80::1"),
    *("64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "100::1", "2001:0:7f00:1::", "2001:20::1", "2001:db8::1", "fe80::1%lo"),
    *("2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fec0::1", "ff02::1", "ff0e::1", "4000::1"),
]


@pytest.mark.parametrize("address", [*INNER_ADDRESSES, "", "good.test", "8.8.8.8/32"])
def test_inner_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", *OUTER])
def test_outer_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("test", "address"), [("is_global", "10.1.2.3"), ("is_multicast", "ff0e::1"), ("is_reserved", "4000::1")]
)
def test_each_test_of_the_standard_library_is_needed(monkeypatch: pytest.MonkeyPatch, test: str, address: str) -> None:
    assert not is_public(address)
    for kind in (IPv4Address, IPv6Address):
        monkeypatch.setattr(kind, test, test == "is_global")
    assert is_public(address)


@pytest.mark.parametrize("network", addresses._REFUSED, ids=str)
def test_no_range_hangs_on_the_tables_of_one_python(monkeypatch: pytest.MonkeyPatch, network: IPv4Network) -> None:
    """Tables change from one version to the next: without them, the ranges alone refuse."""
    for kind in (IPv4Address, IPv6Address):
        for test in ("is_global", "is_multicast", "is_reserved"):
            monkeypatch.setattr(kind, test, test == "is_global")
    refused = [address for address in INNER_ADDRESSES if "%" not in address and ip_address(address) in network]
    assert refused
    assert not any(map(is_public, refused))


def test_every_range_is_there() -> None:
    """Those that some version of Python takes for public, or that carry another address inside."""
    alone = ["192.0.0.8", "192.88.99.1", "168.63.129.16", "::127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1"]
    alone += ["64:ff9b:1::7f00:1", "100::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1"]
    alone += ["fec0::1"]
    found = [[network for network in addresses._REFUSED if ip_address(address) in network] for address in alone]
    assert [len(one) for one in found] == [1] * len(alone)
    assert {one[0] for one in found} == set(addresses._REFUSED)


def test_a_site_does_not_exist_only_where_others_do(laboratory: Laboratory) -> None:
    """Where a network knows no names at all, nobody is to blame."""
    assert one(laboratory, "http://nobody.test/").why == "no-host"
    known = laboratory.names.pop("api.gouv.fr")
    try:
        assert one(laboratory, "http://nobody.test/") == Reply(Reach.UNKNOWN, why="connection")
        assert one(laboratory, "http://404.test/").outcome is Reach.GONE
    finally:
        laboratory.names["api.gouv.fr"] = known


@pytest.mark.parametrize(
    ("hop", "last", "may"),
    [
        ((), ("Access-Control-Allow-Origin: *",), False),
        (("Access-Control-Allow-Origin: *",), ("Access-Control-Allow-Origin: *",), True),
        (("Access-Control-Allow-Origin: *",), (), False),
        (("Access-Control-Allow-Origin: *",), ("Access-Control-Allow-Origin: https://api.gouv.fr",), False),
        (("Access-Control-Allow-Origin: *",), ("Access-Control-Allow-Origin: null",), True),
    ],
)
def test_a_browser_asks_every_hop(laboratory: Laboratory, hop: tuple[str], last: tuple[str], may: bool) -> None:
    laboratory.host("hop.test", says("302 Found", "Location: http://cors.test/", *hop))
    laboratory.host("cors.test", says("200 OK", *last))
    assert one(laboratory, "http://hop.test/", 100).origin is may


def test_get_where_head_is_dropped(laboratory: Laboratory) -> None:
    def dropping(conn: object, asked: bytes) -> None:
        if asked.startswith(b"GET"):
            says("200 OK")(conn, asked)  # type: ignore[arg-type]

    laboratory.host("drops-head.test", dropping)
    assert one(laboratory, "http://drops-head.test/").outcome is Reach.REACHABLE


def test_who_asks(laboratory: Laboratory) -> None:
    network = replace(laboratory.network(), about="https://greffier.exemple.fr")
    replies([Ask("http://good.test/")], LIMITS, network)
    assert f"User-Agent: greffier/{VERSION} (+https://greffier.exemple.fr)".encode() in laboratory.asked[-1]
    one(laboratory, "http://good.test/")
    assert f"(+{PROJECT})".encode() in laboratory.asked[-1]
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Homepage"] == PROJECT


def test_turns_hold_for_all_reviews_of_a_process(laboratory: Laboratory) -> None:
    """Four reviews at once, and a host under its name with and without the last dot: two requests at a time."""
    together = Together(2)
    laboratory.host("shared.test", together)
    for host in ("shared.test.", "shared.test"):
        laboratory.host(host, together, "*", [PUBLIC])
    asks = [[Ask(f"http://shared.test{'.' * (n % 2)}/{n}{page}") for page in range(3)] for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda some: replies(some, Limits(), laboratory.network()), asks))
    assert {reply.outcome for one in found for reply in one.values()} == {Reach.REACHABLE}
    assert together.most == 2
    for n in range(12):
        laboratory.host(f"many{n}.test", together)
    together.most, together.enough = 0, 8
    with ThreadPoolExecutor(4) as pool:
        asks = [[Ask(f"http://many{n}.test/{k}") for n in range(12)] for k in range(4)]
        found = list(pool.map(lambda some: replies(some, Limits(), laboratory.network()), asks))
    assert {reply.outcome for one in found for reply in one.values()} == {Reach.REACHABLE}
    assert together.most == 8
    assert turns._RUNNING._hosts == {}


class Together:
    """A server that answers nobody before `enough` ask it at once, and sees how many do."""

    def __init__(self, enough: int) -> None:
        self.changed, self.running, self.most, self.enough = threading.Condition(), 0, 0, enough

    def __call__(self, conn: object, asked: bytes) -> None:
        with self.changed:
            self.running += 1
            self.most = max(self.most, self.running)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.most >= self.enough, timeout=2)
        time.sleep(0.05)  # for those that would be too many
        with self.changed:
            self.running -= 1
        says("200 OK")(conn, asked)  # type: ignore[arg-type]


def test_no_reply_is_kept_once_it_was_heard(laboratory: Laboratory) -> None:
    """What is made of each document is kept, not forty documents."""
    laboratory.host("big.test", says("200 OK", body=b"a" * 1_000_000))
    asks = [Ask(f"http://big.test/{n}", 2_000_000) for n in range(12)]
    network = laboratory.network()
    gc.collect()
    tracemalloc.start()
    sizes = ask(asks, Limits(), network, lambda _, reply: len(reply.body or b""))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert list(sizes.values()) == [1_000_000] * 12
    assert peak < 8_000_000


def test_nothing_is_made_of_a_reply_after_the_deadline(laboratory: Laboratory) -> None:
    """Making something of one takes long: the others are told late, and are not waited for."""
    made: list[str] = []

    def heard(one: Ask, reply: Reply) -> str:
        if reply.why != "slow":
            made.append(one.url)
            time.sleep(2.2)
        return reply.why

    asks = [Ask(f"http://good.test/{n}") for n in range(6)]
    whys = ask(asks, Limits(deadline=2), laboratory.network(), heard)
    assert len(made) == 1
    assert sorted(whys.values()) == ["", *["slow"] * 5]
