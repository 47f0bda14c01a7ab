"""What the pages draw from data: portraits, and the colours of labels. No style stands in a page itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from html import escape

from bot.playground.model import Label, User

_FEATHER = '<path d="M30 9c-9 1-16 8-18 19l-2 4 2 .4 2-4c8 0 14-4 15-11l-4 .5 4-2.5c.7-2 1-4.5 1-6.9z" fill="#fff"/>'


def avatar(user: User) -> str:
    """Return a portrait as SVG: the first letter of the login on a colour of its own; our bot holds a feather."""
    digest = hashlib.sha256(user.login.encode()).digest()
    hue = digest[0] * 360 // 256
    inside = _FEATHER if user.kind == "Bot" else _letter(user.login)
    colour = "#8250df" if user.kind == "Bot" else f"hsl({hue} 45% 38%)"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="{colour}"/>'
        f"{inside}</svg>"
    )


def _letter(login: str) -> str:
    return (
        '<text x="20" y="27" text-anchor="middle" font-family="sans-serif" font-size="20" fill="#fff">'
        f"{escape(login[:1].upper())}</text>"
    )


def label_styles(labels: Iterable[Label]) -> str:
    """Return a style sheet with one class per label, its text black or white."""
    return "".join(f".label-{one.id}{{background:#{one.color};color:{_ink(one.color)}}}\n" for one in labels)


def _ink(colour: str) -> str:
    """Return white on a dark colour and black on a light one, where GitHub draws the line."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return "#fff" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.453 else "#1f2328"
