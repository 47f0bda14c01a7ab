"""Writes as text, nothing left out: YAML that a person reads and that a test compares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict

import yaml
from yaml.emitter import ScalarAnalysis

from bot.writes import Write

# What a block can't hold as it is: other line ends, and what no screen shows.
_ODD = re.compile("[^\n\t -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, those with a space before a line's end too."""

    def analyze_scalar(self, scalar: str) -> ScalarAnalysis:
        analysis = super().analyze_scalar(scalar)
        analysis.allow_block = True
        return analysis


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = '"' if _ODD.search(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(tuple, _Dumper.represent_list)


def as_yaml(writes: Iterable[Write]) -> str:
    """Return the writes in their order, each under the name of its kind."""
    told = [{type(write).__name__: asdict(write)} for write in writes]
    return yaml.dump(told, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000)
