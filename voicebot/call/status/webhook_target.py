"""Where a webhook may go: to a public address over https, and to the very address that was looked at.

A URL that somebody configures must not reach into the network that the function runs in. The name is resolved once, every
address must be a public one, and the connection goes to one of these addresses, so that a name that resolves
differently a moment later changes nothing. Redirects are not followed.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from voicebot.errors import ConfigError, StorageError

LONGEST_URL = 2048
_HINT = "call.webhook_url is an https address of a server that the internet reaches"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Iterable[str]]
"""From a host and a port to its addresses."""


@dataclass(frozen=True)
class WebhookTarget:
    """A URL that was looked at.

    Attributes:
        url: With the address in place of the name.
        host: The name, for the header Host and the certificate.
    """

    url: str
    host: str


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host.

    Raises:
        OSError: It has none.
    """
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def check_webhook_url(url: str, is_private: bool = False, resolve: Resolve = resolve) -> WebhookTarget:
    """Return where to connect to.

    Args:
        url: The configured URL.
        is_private: Whether it may be an address of one's own network, over http.
        resolve: Looks a name up.

    Raises:
        ConfigError: It may not be called.
        StorageError: Its name cannot be resolved now.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise ConfigError("call.webhook_url is not a web address", hint=_HINT) from exc
    if len(url) > LONGEST_URL or not url.isascii() or any(ord(letter) <= 32 for letter in url):
        raise ConfigError("call.webhook_url is not a web address", hint=_HINT)
    if parts.scheme != "https" and not (is_private and parts.scheme == "http"):
        raise ConfigError("call.webhook_url must begin with https://", hint=_HINT)
    if not host or "@" in parts.netloc or parts.fragment:
        raise ConfigError("call.webhook_url must not hold a user name or a fragment", hint=_HINT)
    port = port or (443 if parts.scheme == "https" else 80)
    if port != 443 and port < 1024 and not is_private:
        raise ConfigError("call.webhook_url names a port that is not for the web", hint=_HINT)
    addresses = _addresses(host, port, resolve)
    if not is_private and not all(map(is_public, addresses)):
        raise ConfigError("call.webhook_url leads into a private network", hint=_HINT)
    address = addresses[0]
    literal = f"[{address}]" if address.version == 6 else str(address)
    query = f"?{parts.query}" if parts.query else ""
    name = f"[{host}]" if ":" in host else host
    return WebhookTarget(
        f"{parts.scheme}://{literal}:{port}{parts.path or '/'}{query}",
        name if port in (80, 443) else f"{name}:{port}",
    )


def is_public(address: Address) -> bool:
    """Return whether an address is one of the internet, whatever address it may carry inside."""
    inside: list[Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in ipaddress.ip_network("64:ff9b::/96"):
            carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inside += [one for one in carried if one is not None]
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in inside)


def _addresses(host: str, port: int, resolve: Resolve) -> list[Address]:
    try:
        return [ipaddress.ip_address(found.partition("%")[0]) for found in resolve(host, port)]
    except (OSError, UnicodeError) as exc:
        raise StorageError(
            "the webhook's name cannot be resolved", hint="check call.webhook_url and the network"
        ) from exc
