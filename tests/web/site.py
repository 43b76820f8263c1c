"""A staff site for tests: sign in as any role, press buttons with their token, and see what came."""

import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from outreach.actions.sign_in import start_session
from outreach.models import StaffMember
from outreach.models.staff import staff_with
from outreach.services import Services
from outreach.vocabulary import Role
from outreach.web.app import create_app
from outreach.web.gate import TOKEN
from tests import cast

NAMES = {
    Role.PEER_WORKER: "Pat Peer",
    Role.PEER_LEAD: "Lee Lead",
    Role.CLINICIAN: "Cleo Clinician",
    Role.ADMIN: "Adi Admin",
    Role.ANALYST: "Ana Analyst",
}
CSRF_RAW = "a" * 40


class Browser(FlaskClient):
    """A test client that knows how a form of ours is sent."""

    def send(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Post a form with the token that its page would have carried."""
        return self.post(path, data={"csrf_token": self.token(), **(fields or {})}, **more)

    def token(self) -> str:
        """A CSRF token that is good in this client's session."""
        with self.session_transaction() as cookie:
            cookie.setdefault("csrf_token", CSRF_RAW)
            raw = cookie["csrf_token"]
        signer = URLSafeTimedSerializer(self.application.config["SECRET_KEY"], salt="wtf-csrf-token")
        return str(signer.dumps(raw))


@dataclass(slots=True)
class Site:
    """The web application of one test installation."""

    services: Services
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        self.app = create_app(self.services)
        self.app.test_client_class = Browser

    def anybody(self) -> Browser:
        """Somebody who is not signed in."""
        client = self.app.test_client()
        assert isinstance(client, Browser)
        return client

    def signed_in(self, role: Role, name: str = "") -> Browser:
        """A member of staff in this role, signed in; the usual one of that role unless named."""
        client = self.anybody()
        with self.services.begin() as session:
            token = start_session(session, self.member(session, role, name), self.services.now())
        with client.session_transaction() as cookie:
            cookie[TOKEN] = token
        return client

    def member(self, session: Any, role: Role, name: str = "") -> StaffMember:
        """The usual member in this role, or the one with this name, made where there is none."""
        wanted = name or NAMES[role]
        known = next((each for each in staff_with(session, role) if each.name == wanted), None)
        return known or cast.staff(session, self.services, wanted, role)


def text_of(response: TestResponse) -> str:
    """What somebody reads on the page, without its tags, in one line."""
    page = re.sub(r"<(script|style).*?</\1>", " ", response.text, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
