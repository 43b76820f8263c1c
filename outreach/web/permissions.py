"""Who may open what: each route and the roles it is for. A route without an entry opens for nobody."""

from collections.abc import Mapping

from outreach.vocabulary import Role

EVERYBODY = frozenset(Role)
"""All staff who are signed in."""

HANDS_ON = EVERYBODY - {Role.ANALYST}
"""Those who work with people's records; analysts see no names and no words of people."""

LEADING = frozenset({Role.PEER_LEAD, Role.ADMIN})

MACHINES = frozenset(
    {
        "hooks_twilio.replies",
        "hooks_twilio.receipts",
        "hooks_email.replies",
        "hooks_email.events",
        "unsubscribe.stop",
    }
)
"""Posts without a form of ours: each proves itself by a signature. The unsubscribe link is one, for mail programs."""

PUBLIC = MACHINES | {
    "static",
    "look.asset",
    "health.live",
    "health.ready",
    "health.metrics",
    "unsubscribe.choices",
    "sign_in.front_door",
    "sign_in.ask",
    "sign_in.enter",
    "sign_in.enter_demo",
    "welcome.begin",
    "welcome.choose",
    "welcome.enrol_authenticator",
    "handset.handsets",
    "handset.phone",
    "handset.text",
}
"""Open without signing in. The handsets and the demo's sign-in exist only where everybody is made up."""

STAFF: Mapping[str, frozenset[Role]] = {
    "sign_in.leave": EVERYBODY,
    "today.today": EVERYBODY,
    # Each part of the site adds its own lines, under its own heading.
}
"""The roles that may open each route. Whether they may see this very person or task is checked in `objects`."""


def may_open(endpoint: str, role: Role) -> bool:
    """Somebody in this role may open this route."""
    return endpoint in PUBLIC or role in STAFF.get(endpoint, frozenset())
