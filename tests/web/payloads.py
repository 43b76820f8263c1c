"""Twenty scripts that somebody may try to slip into a page."""

from html.parser import HTMLParser

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</blockquote><iframe src=javascript:alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '" onfocus=alert(1) autofocus x="',
    "' onmouseover='alert(1)",
    "<body onload=alert(1)>",
    "<math><mtext></mtext><script>alert(1)</script>",
    "<details open ontoggle=alert(1)>",
    "<input onfocus=alert(1) autofocus>",
    "{{ 7*7 }}{% raw %}<script>alert(1)</script>",
    "${alert(1)}#{alert(1)}<%= alert(1) %>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<div hx-get=/sign-out hx-trigger=load>x</div>",
    "\u202e<ScRiPt>alert(1)</sCrIpT>",
)


class _Watch(HTMLParser):
    """Notes every tag and attribute that runs something, as a browser would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if (tag == "script" and not values.get("nonce")) or tag in ("iframe", "math", "object"):
            self.found.append(tag)
        self.found += [name for name in values if name.startswith("on") or name == "autofocus"]
        self.found += [value for value in values.values() if value.lstrip().lower().startswith("javascript:")]
        self.found += [
            value for name, value in values.items() if name.startswith("hx-get") and "sign-out" in value
        ]
        if values.get("src") == "x":
            self.found.append(tag)


def alive(page: str) -> list[str]:
    """Whatever of these would run in this page; our own scripts are files with a nonce."""
    watch = _Watch()
    watch.feed(page)
    return watch.found
