"""What an App asks about itself over REST: installations and their tokens, webhook deliveries, its rate limit."""

from __future__ import annotations

from functools import partial
from typing import Any

from bot.playground.access import LEVELS, Refusal
from bot.playground.accounts import iso
from bot.playground.call import REPOSITORY, Call, Route, found
from bot.playground.model import Installation, Json
from bot.playground.strict import Key
from bot.playground.traffic import Delivery

Answer = tuple[int, Any]


def app(call: Call) -> Answer:
    """The App of the JWT."""
    count = sum(installation.app is call.app for installation in call.store.installations.values())
    return 200, {**call.shapes.app(call.app), "installations_count": count}


def installations(call: Call) -> Answer:
    """The App's installations."""
    mine = [installation for installation in call.store.installations.values() if installation.app is call.app]
    return 200, [call.shapes.installation(installation) for installation in call.page(mine)]


def installation(call: Call) -> Answer:
    """One installation."""
    return 200, call.shapes.installation(_installation(call))


def repository_installation(call: Call) -> Answer:
    """The installation that sees a repository."""
    name = "{owner}/{repo}".format(**call.arguments).lower()
    mine = [one for one in call.store.installations.values() if one.app is call.app]
    one = found(one for one in mine for repository in one.repositories if repository.full_name.lower() == name)
    return 200, call.shapes.installation(one)


def access_token(call: Call) -> Answer:
    """A token for one hour, with all of the installation's rights or a part of them."""
    keys = {"permissions": Key(dict), "repositories": Key(list), "repository_ids": Key(list)}
    body = call.keys(keys) if call.body is not None else {}
    installed = _installation(call)
    permissions: dict[str, str] = body.get("permissions") or installed.permissions
    for name, level in permissions.items():
        if level not in LEVELS:
            raise Refusal(422, f"'{level}' is not a possible value for permission {name!r}.")
        if name not in installed.permissions or LEVELS.index(level) > LEVELS.index(installed.permissions[name]):
            raise Refusal(422, "The permissions requested are not granted to this installation.")
    wanted = body.get("repositories"), body.get("repository_ids")
    chosen = [
        repository
        for repository in installed.repositories
        if wanted == (None, None) or repository.name in (wanted[0] or ()) or repository.id in (wanted[1] or ())
    ]
    if len(chosen) < len(wanted[0] or wanted[1] or ()):
        raise Refusal(
            422, "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    grant = call.store.tokens.installation(installed, permissions | {"metadata": "read"}, chosen)
    return 201, {
        "token": grant.token,
        "expires_at": iso(grant.expires),
        "permissions": dict(grant.permissions),
        "repository_selection": "selected",
    }


def repositories(call: Call) -> Answer:
    """The repositories that an installation token sees."""
    if call.who.installation is None:
        raise Refusal(
            403,
            "You must authenticate with an installation access token in order to list repositories.",
        )
    seen = call.who.repositories
    shapes = [call.shapes.repository(repository) for repository in call.page(seen)]
    return 200, {"total_count": len(seen), "repository_selection": "selected", "repositories": shapes}


def rate_limit(call: Call) -> Answer:
    """What is left of the hour; asking is free."""
    states = {name: call.store.limits.state(call.who.user.login, name) for name in ("core", "search", "graphql")}
    return 200, {"resources": states, "rate": states["core"]}


def deliveries(call: Call) -> Answer:
    """Webhook deliveries, the newest first."""
    status = call.query.get("status")
    chosen = [
        _delivery(delivery)
        for delivery in reversed(call.store.deliveries)
        if status is None or (status == "success") == (200 <= delivery.status_code < 400)
    ]
    return 200, call.page_from(chosen)


def hook_config(call: Call) -> Answer:
    """Where the App's webhook leads; of the secret, only whether there is one is told."""
    hook = call.store.hook
    if hook is None:
        return 200, {}
    masked = {"secret": "********"} if hook.secret else {}
    return 200, {"url": hook.url, "content_type": "form" if hook.form else "json", "insecure_ssl": "0", **masked}


def conversion(call: Call) -> Answer:
    """The App that somebody made from a manifest, with its secrets, once: the code is spent.

    https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
    """
    app, secrets = call.store.made.pop(call.arguments["code"], (None, {}))
    if app is None:
        raise Refusal(404, "Not Found")
    return 201, {**call.shapes.app(app), **secrets}


def redeliver(call: Call) -> Answer:
    """Send a delivery again, under the same GUID, once this answer is given."""
    delivery = found(one for one in call.store.deliveries if one.id == call.arguments["id"])
    hook = call.store.hook
    if hook is None:
        raise Refusal(422, "The App has no webhook")
    call.later.append(partial(hook.redeliver, delivery))
    return 202, {}


def _installation(call: Call) -> Installation:
    installation = call.store.installations.get(call.arguments["id"])
    if installation is None or installation.app is not call.app:
        raise Refusal(404, "Not Found")
    return installation


def _delivery(delivery: Delivery) -> Json:
    ok = 200 <= delivery.status_code < 400
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": iso(delivery.delivered),
        "redelivery": delivery.redelivery,
        "duration": 0.0,
        "status": "OK" if ok else f"Invalid HTTP Response: {delivery.status_code}",
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.payload.get("action"),
        "installation_id": delivery.payload.get("installation", {}).get("id"),
        "repository_id": delivery.payload.get("repository", {}).get("id"),
        "throttled_at": None,
    }


INSTALLATION = "/app/installations/<int:id>"
ATTEMPTS = "/app/hook/deliveries/<int:id>/attempts"
ROUTES = (
    Route("GET", "/app", app, "apps/apps#get-the-authenticated-app", app=True),
    Route(
        "GET", "/app/installations", installations, "apps/apps#list-installations-for-the-authenticated-app", app=True
    ),
    Route("GET", INSTALLATION, installation, "apps/apps#get-an-installation-for-the-authenticated-app", app=True),
    Route(
        "GET",
        REPOSITORY + "/installation",
        repository_installation,
        "apps/apps#get-a-repository-installation-for-the-authenticated-app",
        app=True,
    ),
    Route(
        "POST",
        INSTALLATION + "/access_tokens",
        access_token,
        "apps/apps#create-an-installation-access-token-for-an-app",
        app=True,
    ),
    Route(
        "GET",
        "/installation/repositories",
        repositories,
        "apps/installations#list-repositories-accessible-to-the-app-installation",
    ),
    Route("GET", "/rate_limit", rate_limit, "rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user"),
    Route("GET", "/app/hook/config", hook_config, "apps/webhooks#get-a-webhook-configuration-for-an-app", app=True),
    Route(
        "POST",
        "/app-manifests/<code>/conversions",
        conversion,
        "apps/apps#create-a-github-app-from-a-manifest",
        open=True,
    ),
    Route("GET", "/app/hook/deliveries", deliveries, "apps/webhooks#list-deliveries-for-an-app-webhook", app=True),
    Route("POST", ATTEMPTS, redeliver, "apps/webhooks#redeliver-a-delivery-for-an-app-webhook", app=True),
)
