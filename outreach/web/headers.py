"""Headers on every answer: where scripts may come from, who may frame us, and that nothing is kept in caches."""

import secrets

from flask import Flask, Response, g

YEAR = 365 * 24 * 60 * 60


def nonce() -> str:
    """The word that lets this page's own script files run, and nothing else; another one for each request."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(18)
    word: str = g.nonce
    return word


def secure(app: Flask) -> None:
    """Give every answer of this application its headers."""
    is_https = app.extensions["outreach"].config.service.public_url.startswith("https:")

    def finish(response: Response) -> Response:
        for name, value in _headers(is_https).items():
            response.headers.setdefault(name, value)
        return response

    app.after_request(finish)


def _headers(is_https: bool) -> dict[str, str]:
    policy = (
        "default-src 'none'",
        f"script-src 'nonce-{nonce()}'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
    headers = {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        "Cache-Control": "no-store",
    }
    if is_https:
        headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    return headers
