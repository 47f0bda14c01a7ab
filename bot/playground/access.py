"""Who is asking and what they may do: App JWTs, installation tokens, personal tokens and their permissions."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jwt

from bot.playground.model import App, Installation, Repository, User

if TYPE_CHECKING:
    from jwt.types import Options

HOUR = 3600
LEVELS = ("read", "write", "admin")


class Refusal(Exception):  # an answer of GitHub's, not a failure of ours
    """An answer of 4xx: `errors` in either of GitHub's two forms, a list of texts or of objects."""

    def __init__(self, status: int, message: str, errors: list[str] | list[dict[str, object]] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors


@dataclass(eq=False, slots=True)
class Grant:
    """What a token stands for: a user with a personal token, or an installation of an App; until `expires`."""

    token: str
    user: User
    permissions: Mapping[str, str] = field(default_factory=dict)
    installation: Installation | None = None
    repositories: list[Repository] = field(default_factory=list)
    expires: float = float("inf")

    @property
    def app(self) -> App | None:
        """The App behind an installation token."""
        return self.installation.app if self.installation else None

    def may(self, repository: Repository, needs: Mapping[str, str]) -> bool:
        """Tell whether all of `needs` (permission to level) are granted on a repository."""
        if self.installation:
            given = {name: LEVELS.index(level) for name, level in self.permissions.items()}
            return all(given.get(name, -1) >= LEVELS.index(level) for name, level in needs.items())
        reads = all(level == "read" for level in needs.values())
        return reads or repository.roles.get(self.user.login, "read") != "read"

    def sees(self, repository: Repository) -> bool:
        """Tell whether a repository exists for this token."""
        return self.installation is None or repository in self.repositories


class Tokens:
    """The tokens in circulation. Installation tokens last one hour and are about 520 characters long, with dots.

    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
    """

    def __init__(self, clock: Callable[[], float], next_id: Callable[[], int], apps: Mapping[int, App]) -> None:
        self._clock, self._next_id, self._apps = clock, next_id, apps
        self._grants: dict[str, Grant] = {}

    def personal(self, user: User) -> str:
        """Make a personal token."""
        token = "ghp_" + hashlib.sha256(user.login.encode()).hexdigest()[:36]
        self._grants[token] = Grant(token, user)
        return token

    def installation(
        self, installation: Installation, permissions: Mapping[str, str], repositories: list[Repository]
    ) -> Grant:
        """Make an installation token."""
        number = self._next_id()
        digest = hashlib.shake_256(f"{installation.id} {number}".encode()).digest(382)
        text = urlsafe_b64encode(digest).decode().rstrip("=")
        token = f"ghs_{installation.app.id}_{text[:36]}.{text[36:420]}.{text[420:]}"
        expires = self._clock() + HOUR
        grant = Grant(token, installation.app.bot, permissions, installation, repositories, expires)
        self._grants[token] = grant
        return grant

    def revoke_all(self) -> None:
        """Make every token bad, as if the hour had passed."""
        self._grants.clear()

    def grant(self, authorization: str) -> Grant:
        """Return what an `Authorization` header grants, or refuse with 401."""
        scheme, _, token = authorization.partition(" ")
        grant = self._grants.get(token.strip()) if scheme.lower() in ("token", "bearer") else None
        if not authorization:
            raise Refusal(401, "Requires authentication")
        if grant is None or grant.expires <= self._clock():
            raise Refusal(401, "Bad credentials")
        return grant

    def app(self, authorization: str) -> App:
        """Return the App whose JWT a header carries, or refuse with 401.

        https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or token.count(".") != 2:
            raise Refusal(401, "A JSON web token could not be decoded")
        # The times are checked below, by the store's clock.
        unchecked: Options = {
            "verify_exp": False,
            "verify_iat": False,
            "verify_iss": False,
        }
        try:
            issuer = str(jwt.decode(token, options={**unchecked, "verify_signature": False}).get("iss"))
            app = next(app for app in self._apps.values() if issuer in (str(app.id), app.client_id))
            claims = jwt.decode(token, app.public_key, algorithms=["RS256"], options=unchecked)
            issued, expires = int(claims["iat"]), int(claims["exp"])
        except StopIteration:
            raise Refusal(401, "Integration not found") from None
        except (jwt.PyJWTError, KeyError, ValueError):
            raise Refusal(401, "A JSON web token could not be decoded") from None
        now = self._clock()
        if issued > now + 60:
            raise Refusal(401, "'Issued at' claim ('iat') must be an Integer representing a time in the past")
        if expires <= now:
            raise Refusal(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time")
        if expires - now > 600:
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
        return app
