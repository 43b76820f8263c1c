"""Walks the staff site as one member of staff would: from Today, along every link."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.web.site import Browser

Visit = tuple[str, str, TestResponse]
"""The route's name, the address, and what came."""


def walk(client: Browser, start: str = "/today", *, each: int = 2) -> Iterator[Visit]:
    """Every page that links lead to from there; of pages that share a route, `each` at most."""
    waiting, known, visits = deque([start]), {start}, Counter[str]()
    while waiting:
        address = waiting.popleft()
        endpoint = route_of(client, address)
        if endpoint is None or visits[endpoint] >= each:
            continue
        visits[endpoint] += 1
        answer = client.get(address)
        yield endpoint, address, answer
        links = links_of(answer, address)
        answer.close()
        for link in links:
            if link not in known:
                known.add(link)
                waiting.append(link)


def route_of(client: Browser, address: str) -> str | None:
    """The route that answers a GET there, or None where there is none."""
    parts = urlsplit(address)
    try:
        endpoint, _ = client.application.url_map.bind("localhost").match(parts.path, "GET")
    except HTTPException:
        return None
    return str(endpoint)


def links_of(answer: TestResponse, address: str) -> list[str]:
    """Where the page leads, within the site: its links, and the parts that it asks for by itself."""
    if answer.status_code in (301, 302, 303):
        return [urljoin(address, answer.location)]
    if answer.mimetype != "text/html":
        return []
    found = re.findall(r'(?:href|hx-get)="([^"#]*)[^"]*"', answer.text)
    return [urljoin(address, unescape(link)) for link in found if link and not re.match(r"[a-z]+:|//", link)]
