"""Deliveries that never arrived: GitHub is asked to send them again, since it never does so by itself.

https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime

from bot.forge import Forges
from bot.jobs import Jobs
from bot.journal import Journal

log = logging.getLogger(__name__)

_MARK = "missed deliveries"
_KEPT = 3 * 86_400  # seconds during which GitHub can send again; a week on GitHub Enterprise Server
_OVERLAP = 900  # deliveries that were still on their way the last time


def ask_again(github: Forges, jobs: Jobs, journal: Journal) -> None:
    """Ask for what failed since the last time that this was done to its end. Raises Retry and Refused."""
    began = time.time()
    since = max(journal.marked(_MARK) - _OVERLAP, began - _KEPT)
    asked, left = github.ask_again(datetime.fromtimestamp(since, UTC), jobs.knows)
    if asked:
        log.warning("%d deliveries had failed: GitHub sends them again", asked)
    if not left:
        journal.mark(_MARK, began)
