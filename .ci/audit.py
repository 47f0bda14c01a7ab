"""Tells what pip-audit found in a lock: python3 .ci/audit.py FILE, which `pip-audit --format json` wrote.

Ends with 1 where a known flaw was found. Where nothing could be audited it says so and ends with 0: that is the
registry's doing, and must not pass for a clean audit. https://pypi.org/project/pip-audit
"""

import json
import sys
from pathlib import Path

found = json.loads(Path(sys.argv[1]).read_text("utf-8"))["dependencies"]
audited = [one for one in found if "skip_reason" not in one]
flaws = [(one, flaw) for one in audited for flaw in one["vulns"]]
left_out = [one["name"] for one in found if "skip_reason" in one]
if not audited:
    print(f"skipped: NOTHING WAS AUDITED, none of {len(found)} packages is known where pip-audit asks")
else:
    print(f"audited for known flaws: {len(audited)} of {len(found)} packages, {len(flaws)} flaws")
    if left_out:
        print(f"skipped: not audited: {', '.join(left_out)}")
for one, flaw in flaws:
    print(f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version'}")
sys.exit(bool(flaws))
