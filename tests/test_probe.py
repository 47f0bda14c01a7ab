"""Addresses given by strangers are asked for safely: every trick of the laboratory is tried."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from laboratory import CGNAT, DEAD, METADATA, PLAIN, PRIVATE, PUBLIC, Laboratory, bomb, forever, says, silent

from bot.addresses import is_public
from bot.probe import MOST_REDIRECTS, ask
from bot.replies import Ask, Limits, Reply
from rules.evidence import Reach

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
        made.host("six-good.test", says("200 OK"), "*", ["2606:4700::1"])
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
    (reply,) = ask([Ask(url, most, **how)], limits, laboratory.network()).values()
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
    replies = ask([Ask(url) for url in INNER] + [Ask(f"{url}b", 1000) for url in INNER], LIMITS, laboratory.network())
    assert len(replies) == 2 * len(INNER)
    assert {reply.outcome for reply in replies.values()} <= {Reach.UNKNOWN, Reach.GONE}
    assert laboratory.accepts["inner"] == 0
    assert all(is_public(address) for address in laboratory.reached)
    for url in ("http://127.0.0.1/", "http://cgnat.test/", "http://metadata.test/", "http://to-name.test/"):
        assert replies[url].why == "private"


def test_the_laboratory_counts_what_reaches_an_inner_address(laboratory: Laboratory) -> None:
    """Without the guard they would: an allowed host is led to the inner listener."""
    before = laboratory.accepts["inner"]
    allowed = laboratory.network(frozenset({"private.test"}))
    laboratory.pages["private.test", "*"] = says("200 OK")
    try:
        (reply,) = ask([Ask("http://private.test/")], LIMITS, allowed).values()
        (other,) = ask([Ask("http://cgnat.test/")], LIMITS, allowed).values()
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
    assert one(laboratory, "http://to-good.test/", once=True) == Reply(
        Reach.UNKNOWN, 302, kind="application/octet-stream"
    )
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
    assert one(laboratory, "http://bomb.test/", 10_000_000).body is None
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
    assert heads.count(b"user-agent: greffier/1 (+https://") == 2


HOSTILE = ["silent", "slow-head", "slow-body", "endless", "endless-head", "endless-line", "endless-100", "bomb"]


def test_nothing_outlives_the_deadline_nor_fills_the_memory(laboratory: Laboratory) -> None:
    asks = [Ask(f"http://{name}.test/{n}", n * 1000) for name in HOSTILE for n in range(5)]
    network, limits = laboratory.network(), Limits(deadline=2, each=5)
    ask([Ask("http://good.test/")], limits, network)
    gc.collect()
    tracemalloc.start()
    start = time.monotonic()
    replies = ask(asks, limits, network)
    spent = time.monotonic() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(replies) == len(asks)
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
    replies = ask(asks, Limits(), laboratory.network())
    assert {reply.outcome for reply in replies.values()} == {Reach.REACHABLE}
    assert most.pop("all") <= 8
    assert max(most.values()) <= 2


def test_requests_to_one_host_are_apart(laboratory: Laboratory) -> None:
    at: list[float] = []

    def timed(conn: object, asked: bytes) -> None:
        at.append(time.monotonic())
        says("200 OK")(conn, asked)  # type: ignore[arg-type]

    laboratory.host("polite.test", timed)
    ask([Ask(f"http://polite.test/{n}") for n in range(4)], Limits(None, pause=0.1), laboratory.network())
    assert all(later - sooner > 0.08 for sooner, later in pairwise(at))


def test_addresses() -> None:
    assert all(map(is_public, ["8.8.8.8", "2606:4700::1", PUBLIC]))
    assert not any(map(is_public, ["", "good.test", "8.8.8.8/32", "fe80::1%lo", "100::1", "fec0::1", "240.0.0.1"]))
