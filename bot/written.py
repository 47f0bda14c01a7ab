"""Writes as text, nothing left out: YAML that a person reads and that a test compares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import yaml

from bot.state import Write


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(tuple, _Dumper.represent_list)


def as_yaml(writes: Iterable[Write]) -> str:
    """Return the writes in their order, each under the name of its kind."""
    told = [{type(write).__name__: asdict(write)} for write in writes]
    return yaml.dump(told, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000)
