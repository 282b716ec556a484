"""The webhook connector: posts each action, signed, to the one address that an operator named.

The signature follows Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA-256 over the identifier, the time
of this try and the body. The identifier is the action's and stays the same over all tries, so a receiver that remembers
identifiers never acts twice. ``docs/howto/webhook.md`` shows what is sent and a receiver for it.

What the connector refuses: any scheme but http and https, names and passwords in the address, redirects (they would
carry a signed order to a host that nobody named), proxies and credentials from the environment, and answers longer than
:data:`MAX_ANSWER`. The body names the item and what is to happen; it holds no content, and nobody who decided.
"""

import binascii
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit

import httpx
from standardwebhooks import Webhook

from abate.domain.action import Action
from abate.domain.errors import InputError, PartnerError
from abate.domain.item import Item

MAX_ANSWER = 2048
"""Bytes of an answer that are read; the rest is not waited for."""

PATIENCE = 15.0
"""Seconds that reading an answer may take in all: each single wait is limited apart."""

MIN_SECRET = 24
"""Bytes; Standard Webhooks asks for 24 to 64."""

MAX_SECRET = 64

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)


class WebhookConnector:
    """Posts actions. One HTTP client, used by one thread at a time or by several."""

    name = "webhook"
    simulated = False

    def __init__(self, url: str, signers: tuple[Webhook, ...], now: Callable[[], datetime] | None = None) -> None:
        self._url = url
        self._host = urlsplit(url).netloc
        self._signers = signers
        self._now = now or _utc_now
        self._client = httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)

    def send(self, action: Action, item: Item) -> str:
        """Post the action under the idempotency key ``action.id``.

        :raises PartnerError: when the platform cannot be reached or answers anything but 2xx
        """
        body = json.dumps(payload(action, item), sort_keys=True)
        status, answer = self._post(body, self._headers(action.id, body))
        if not httpx.codes.is_success(status):
            said = f": {answer}" if answer else ""
            remedy = "see that platform's log; the action is tried again"
            msg = f"{self._host} answered {status} to action {action.id}{said}; {remedy}"
            raise PartnerError(msg)
        return f"{self._host} answered {status}."

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._client.close()

    def _headers(self, identifier: str, body: str) -> dict[str, str]:
        # In UTC: the library reads the clock's digits as UTC whatever the offset says.
        moment = self._now().astimezone(UTC)
        signatures = (signer.sign(msg_id=identifier, timestamp=moment, data=body) for signer in self._signers)
        return {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": "abate",
            "webhook-id": identifier,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(signatures),
            "idempotency-key": identifier,
        }

    def _post(self, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
        try:
            with self._client.stream("POST", self._url, content=body, headers=dict(headers)) as response:
                return response.status_code, _beginning(response)
        except httpx.HTTPError as error:
            msg = f"{self._host} did not answer ({type(error).__name__}: {error}); the action is tried again"
            raise PartnerError(msg) from error


def payload(action: Action, item: Item) -> dict[str, object]:
    """Return what is posted: the same for every try of one action."""
    return {
        "type": f"abate.action.{action.effect}",
        "timestamp": action.created_at.isoformat(),
        "data": {
            "action": action.id,
            "undoes": action.undoes or None,
            "until": action.until.isoformat() if action.until else None,
            "item": {
                "id": item.id,
                "kind": item.kind.value,
                "platform": item.platform,
                "channel": item.channel,
                "url": item.url,
            },
        },
    }


def _beginning(response: httpx.Response) -> str:
    # Raw bytes: an answer that unpacks to a thousand times its size is never unpacked.
    end = time.monotonic() + PATIENCE
    read = b""
    for chunk in response.iter_raw():
        read += chunk
        if len(read) >= MAX_ANSWER or time.monotonic() > end:
            break
    text = read[:MAX_ANSWER].decode("utf-8", "replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:200]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WebhookConnectorType:
    """Makes the webhook connector from ``webhook_url`` and ``webhook_secret``."""

    name = "webhook"

    def open(self, settings: Mapping[str, str]) -> WebhookConnector:
        """Return a ready connector. Nothing is sent yet.

        While a key is changed, ``webhook_secret`` holds the new and the old one with a space between: both sign.

        :raises InputError: when the address or a secret is missing or malformed
        """
        url = _checked_url(settings.get("webhook_url", ""))
        secrets = settings.get("webhook_secret", "").split()
        if not secrets:
            msg = "the webhook connector signs what it sends; set it to whsec_ and 24 to 64 random bytes in base64"
            raise InputError(msg, where="webhook_secret")
        return WebhookConnector(url, tuple(_signer(secret) for secret in secrets))


def _checked_url(url: str) -> str:
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment:
        msg = f"{url!r} is not an address to post to; write it as https://platform.example/abate"
        raise InputError(msg, where="webhook_url")
    if "@" in parts.netloc:
        msg = "it holds a name or password, which would end up in logs; leave them out, the signature proves the sender"
        raise InputError(msg, where="webhook_url")
    return url


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        _ = parts.port
    except (ValueError, httpx.InvalidURL):
        return None
    return parts


def _signer(secret: str) -> Webhook:
    # The message never shows the secret: it would stand in a log.
    wanted = f"whsec_ and {MIN_SECRET} to {MAX_SECRET} random bytes in base64"
    msg = f"it is not {wanted}; make one with: openssl rand -base64 32"
    text = secret.removeprefix("whsec_")
    try:
        raw = binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(msg, where="webhook_secret") from error
    if not MIN_SECRET <= len(raw) <= MAX_SECRET:
        raise InputError(msg, where="webhook_secret")
    return Webhook(raw)
