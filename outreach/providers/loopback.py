"""Says whether a provider's host is this machine."""

import ipaddress


def is_loopback(host: str) -> bool:
    """This host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
