"""Who may open what: each route and the roles it is for. A route without an entry opens for nobody."""

from collections.abc import Mapping

from outreach.vocabulary import Role

EVERYBODY = frozenset(Role)
"""All staff who are signed in."""

HANDS_ON = EVERYBODY - {Role.ANALYST}
"""Those who work with people's records; analysts see no names and no words of people."""

LEADING = frozenset({Role.PEER_LEAD, Role.ADMIN})

OVERSEEING = LEADING | {Role.CLINICIAN}
"""Those who watch over sending, and may stop it."""

ON_CALL = frozenset({Role.PEER_LEAD, Role.CLINICIAN})
"""Those who may say that they are on it when somebody may be in danger; only a clinician closes it."""

EDITORS = LEADING | {Role.PEER_WORKER}
"""Those who write what people get; nothing of it is sent before somebody else approves it."""

APPROVERS = frozenset({Role.ADMIN, Role.PEER_LEAD, Role.CLINICIAN})

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

BY_LINK = frozenset(
    {
        "own_page.overview",
        "own_page.messages",
        "own_page.ask",
        "own_page.take",
        "feedback.ask",
        "feedback.take",
        "feedback.thanks",
    }
)
"""Open to whoever holds the link, without a cookie. An own page's secret is in its address: nobody else can make a
form for it. A survey has no secret, and an answer that somebody else sends is as anonymous as any."""

PUBLIC = (
    MACHINES
    | BY_LINK
    | {
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
)
"""Open without signing in. The handsets and the demo's sign-in exist only where everybody is made up."""

STAFF: Mapping[str, frozenset[Role]] = {
    "sign_in.leave": EVERYBODY,
    "today.today": EVERYBODY,
    # The team
    "staff.members": EVERYBODY,
    "staff.ask_add": LEADING,
    "staff.add": LEADING,
    "staff.member": LEADING,
    "staff.change": LEADING,
    "staff.hours": LEADING,
    "staff.leave": LEADING,
    "staff.link": LEADING,
    "staff.left": LEADING,
    "rota.show": EVERYBODY,
    "rota.fill": LEADING,
    # One's own sign-in
    "account.account": EVERYBODY,
    "account.password": EVERYBODY,
    "account.codes": EVERYBODY,
    "account.end_others": EVERYBODY,
    # The audit trail
    "audit.audit": LEADING,
    # Message templates
    "templates.templates": EVERYBODY,
    "templates.languages": EVERYBODY,
    "templates.history": EVERYBODY,
    "templates.ask_approve": EVERYBODY,
    "template_editor.edit": EDITORS,
    "template_editor.save": EDITORS,
    "template_editor.show_preview": EDITORS,
    "templates.ask": EDITORS,
    "templates.roll_back": EDITORS,
    "templates.try_out": EDITORS,
    "templates.approve": APPROVERS,
    # Schedules
    "schedules.schedules": EVERYBODY,
    "schedules.changes": LEADING,
    "schedules.apply": LEADING,
    "schedules.ask_pause": OVERSEEING,
    "schedules.pause": OVERSEEING,
    "schedules.ask_resume": OVERSEEING,
    "schedules.resume": OVERSEEING,
    # Messages
    "messages.messages": OVERSEEING,
    "messages.unconfirmed": OVERSEEING,
    "messages.settle": OVERSEEING,
    # People
    "people.people": HANDS_ON,
    "people.search": HANDS_ON,
    "people.person": HANDS_ON,
    "worry.about_person": HANDS_ON,
    "worry.about_reply": HANDS_ON,
    "adjustments.ask": HANDS_ON,
    "adjustments.record": HANDS_ON,
    "deaths.ask": HANDS_ON,
    "deaths.record": HANDS_ON,
    "deaths.undo": HANDS_ON,
    # Tasks
    "tasks.tasks": HANDS_ON,
    "tasks.show": HANDS_ON,
    "tasks.words": HANDS_ON,
    "tasks.claim": HANDS_ON,
    "tasks.acknowledge": ON_CALL,
    "task_work.record": HANDS_ON,
    "task_work.later": HANDS_ON,
    "task_work.aside": HANDS_ON,
    "task_work.resume": HANDS_ON,
    "task_ends.hand_back": HANDS_ON,
    "task_ends.worried": HANDS_ON,
    "task_ends.talk": HANDS_ON,
    "task_ends.talked": HANDS_ON,
    "task_work.draft": HANDS_ON,
    "task_ends.ask_close": HANDS_ON,
    "task_ends.close": HANDS_ON,
    "task_ends.ask_transfer": HANDS_ON,
    "task_ends.transfer": HANDS_ON,
    "task_ends.ask_know": HANDS_ON,
    "task_ends.know": HANDS_ON,
    # What people write
    "replies.replies": HANDS_ON,
    "replies.reply": HANDS_ON,
    "replies.mark": HANDS_ON,
    "replies.whose": OVERSEEING,
    "replies.search": OVERSEEING,
    "replies.attach": OVERSEEING,
    # Reports and surveys
    "reports.reports": EVERYBODY,
    "reports.ask": EVERYBODY,
    "reports.show": EVERYBODY,
    "reports.table": EVERYBODY,
    "reports.style": EVERYBODY,
    "reports.reach": HANDS_ON,
    "survey_desk.comments": HANDS_ON,
    "survey_desk.ask": HANDS_ON,
    "survey_desk.paper": HANDS_ON,
    # Activities and co-run groups
    "activities.activities": HANDS_ON,
    "activities.activity": HANDS_ON,
    "activities.ask_add": EDITORS,
    "activities.add": EDITORS,
    "activities.change": EDITORS,
    "activities.retire": EDITORS,
    "activities.set_one": EDITORS,
    "groups.show": HANDS_ON,
    "groups.everybody": EDITORS,
    "groups.one": EDITORS,
    "groups.attendance": EDITORS,
    "groups.off": EDITORS,
    # Letters
    "letters.letters": OVERSEEING,
    "letters.make_batch": OVERSEEING,
    "letters.batch": OVERSEEING,
    "letters.paper": OVERSEEING,
    "letters.table": OVERSEEING,
    "letters.print_styles": OVERSEEING,
    "letters.posted": OVERSEEING,
    "letters.undone": OVERSEEING,
    "letters.again": OVERSEEING,
    # The coming months
    "forecast.show": EVERYBODY,
    "forecast.ask": LEADING,
    "saved.saved": HANDS_ON,
    "saved.add": HANDS_ON,
    "saved.edit": HANDS_ON,
    "saved.change": HANDS_ON,
    "saved.remove": HANDS_ON,
    "conversation.show": HANDS_ON,
    "conversation.write": HANDS_ON,
    "conversation.length": HANDS_ON,
    "conversation.back": HANDS_ON,
    "coming.ask": HANDS_ON,
    "coming.decide": HANDS_ON,
    "stops.ask_undo": HANDS_ON,
    "stops.take_up": HANDS_ON,
    # The waiting list
    "imports.imports": LEADING,
    "imports.upload": LEADING,
    "imports.show": LEADING,
    "imports.match": LEADING,
    "imports.take_in": LEADING,
    "imports.give_up": LEADING,
    "imports.refused": LEADING,
    "imports.kept_matches": LEADING,
    "imports.forget": LEADING,
    # Each part of the site adds its own lines, under its own heading.
}
"""The roles that may open each route. Whether they may see this very person or task is checked in `objects`."""


def may_open(endpoint: str, role: Role) -> bool:
    """Somebody in this role may open this route."""
    return endpoint in PUBLIC or role in STAFF.get(endpoint, frozenset())
