"""Count the links of a catalogue, field by field, and compute how long asking for all of them politely would take.

    python tests/benchmarks/links.py REPOSITORY [--ref catalogue-2022-06-30]

Nothing is asked of anybody.
"""

from __future__ import annotations

import argparse
from collections import Counter
from math import ceil
from pathlib import Path
from urllib.parse import urlsplit

from bot.clone import read
from bot.evidence import Asker, wanted
from bot.lookout import POLITE
from bot.replies import MOST_LINKS
from bot.state import Pull
from rules.catalogue import Catalogue
from rules.judgement import Change
from rules.links import links


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--ref", default="catalogue-2022-06-30")
    asked = parser.parse_args()
    catalogue = read(asked.repository, head=asked.ref, whole=True)[0].after
    found = [(document, link) for document in catalogue.documents.values() for link in links(document)]
    print(f"| field | links | addresses | entries | hosts |\n| {' | '.join(['---'] * 5)} |")
    for kind, field in sorted({(document.kind, link.field) for document, link in found}):
        here = [(d, link) for d, link in found if (d.kind, link.field) == (kind, field)]
        urls = {link.url for _, link in here}
        entries = {d.path for d, _ in here}
        print(f"| {kind} `{field}` | {len(here)} | {len(urls)} | {len(entries)} | {len(set(map(host, urls)))} |")
    urls = {link.url for _, link in found}
    hosts = Counter(map(host, urls))
    print(f"| all | {len(found)} | {len(urls)} | {len({d.path for d, _ in found})} | {len(hosts)} |\n")
    ((busiest, most),) = hosts.most_common(1)
    pauses, slowest = most * POLITE.pause, ceil(len(urls) / POLITE.at_once) * POLITE.each
    print(
        f"Busiest host: {busiest}, {most} addresses, {POLITE.pause:.0f} s apart: the run takes {pauses:.0f} s at least."
    )
    print(f"If every site were silent, {POLITE.at_once} at once for {POLITE.each:.0f} s each: {slowest:.0f} s.")
    new = Counter(len(wanted(alone(catalogue, path))) for path in catalogue.documents)
    over = sum(count for asks, count in new.items() if asks > MOST_LINKS)
    median = sorted(new.elements())[new.total() // 2]
    print(
        f"Each entry as a new one: {median} requests in the middle case, {max(new)} at most; {over} over {MOST_LINKS}."
    )
    print(f"They are asked within {Asker().limits.deadline:.0f} s.")


def alone(catalogue: Catalogue, path: str) -> Pull:
    """Return the request that would add an entry."""
    before = Catalogue(document for document in catalogue.documents.values() if document.path != path)
    return Pull("", "", before, catalogue, (Change(path),))


def host(url: str) -> str:
    return urlsplit(url).netloc.lower()


if __name__ == "__main__":
    main()
