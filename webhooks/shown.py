"""How times, durations and numbers are shown to people, in both languages."""

from __future__ import annotations

from datetime import datetime

from bot.wording import Lang

_MONTHS = {
    "fr": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}


def clock(at: float, lang: Lang) -> str:
    """Return a Unix time in the zone of this machine: `24 nov. 14:03:12`."""
    when = datetime.fromtimestamp(at).astimezone()
    return f"{when.day} {_MONTHS[lang][when.month - 1]} {when:%H:%M:%S}"


def iso(at: float) -> str:
    """Return a Unix time for machines."""
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")


def zone() -> str:
    """Return the zone in which times are shown: `UTC+02:00`."""
    told = datetime.now().astimezone().strftime("%z")
    return "UTC" if told == "+0000" else f"UTC{told[:3]}:{told[3:]}"


def lasting(seconds: float | None, lang: Lang) -> str:
    """Return a duration to two figures that matter: `340 ms`, `2,1 s`, `3 min 05 s`, `5 h 10 min`, `4 j`."""
    if seconds is None:
        return "–"
    if seconds < 0.9995:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 10:
        text = f"{seconds:.1f} s"
        return text.replace(".", ",") if lang == "fr" else text
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86_400} {'j' if lang == 'fr' else 'd'} {whole % 86_400 // 3600} h"
