"""Which addresses are of the public internet, and so may be connected to on behalf of a stranger."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

# What Python's tables take for public in one version or another, and addresses that carry another one inside.
# https://www.iana.org/assignments/iana-ipv4-special-registry https://www.iana.org/assignments/iana-ipv6-special-registry
_REFUSED = tuple(
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # the inside of one cloud, at an address like any other
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 of one network
        "100::/64",  # discard only
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
    )
)


def is_public(address: str) -> bool:
    """Whether `address`, numeric, is a globally routable unicast address that carries no other inside."""
    try:
        ip = ip_address(address)
    except ValueError:  # a zone such as fe80::1%eth0 is read; a name is not
        return False
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        return False
    return not any(ip in network for network in _REFUSED if network.version == ip.version)
