"""Canaries: made-up names, numbers and words that must be found in no log, output, address or error page."""

import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from typer.main import get_command

from outreach.app import wire
from outreach.cli import app
from outreach.providers.twilio_hooks import sign
from outreach.services import wall_clock
from outreach.web.here import SIMULATED_ACCOUNT
from tests.commands import Commands, Ran
from tests.lists import csv_file
from tests.waitlists import synthetic_nhs_number
from tests.whole.serving import Running, serving

pytestmark = pytest.mark.long

NHS_NUMBER = synthetic_nhs_number(424_242)
CANARIES = {
    "given_name": "Zyxcanary",
    "family_name": "Qvortex",
    "nhs_number": NHS_NUMBER,
    "mobile": "07700 900767",
    "phone": "020 7946 0767",
    "email": "kanarienvogel@example.org",
    "address_1": "7 Canaryview",
    "contact_note": "zebra-note",
}
WORDS = "please ring me about the purple-umbrella"
NEEDLES = (
    "zyxcanary",
    "qvortex",
    NHS_NUMBER,
    "7700900767",
    "7700 900767",
    "79460767",
    "7946 0767",
    "kanarienvogel",
    "canaryview",
    "zebra-note",
    "purple-umbrella",
    "jobber-wock",
)
SECRET = "not-a-real-secret"
ELSEWHERE = {("demo",), ("init",), ("serve",), ("web",), ("work",), ("lexicon", "report")}
"""Commands that run here by another name, or never see the database."""
Run = Callable[..., Ran]
HEADERS = (*CANARIES, "referral_id", "referred_on", "safe_to_text", "safe_to_email")


@dataclass(slots=True)
class Seen:
    """Everything that anybody may read who is not meant to: what commands, logs and error pages said."""

    parts: list[tuple[str, str]] = field(default_factory=list)
    refused: int = 0
    commands: list[tuple[str, ...]] = field(default_factory=list)

    def found(self) -> list[tuple[str, str]]:
        """Where a canary was found, and which."""
        return [
            (where, needle) for where, text in self.parts for needle in NEEDLES if needle in text.casefold()
        ]


@dataclass(frozen=True, slots=True)
class Scene:
    """What was seen, and the records with bodies that were asked for."""

    seen: Seen
    with_bodies: str
    bodies: list[str]


def _list(**changes: str) -> bytes:
    """A good row, one with a wrong date, one whose numbers are wrong, and one of somebody who gets letters."""
    today = wall_clock().date()
    good = {
        **CANARIES,
        "referral_id": "R-1",
        "referred_on": str(today - timedelta(days=30)),
        "safe_to_text": "yes",
        "safe_to_email": "yes",
    }
    bad_date = {**good, "referral_id": "R-2", "referred_on": "Zyxcanary", "nhs_number": ""}
    bad_numbers = {
        **good,
        "referral_id": "R-3",
        "mobile": "020 7946 0767",
        "email": "kanarienvogel(at)example",
        "nhs_number": NHS_NUMBER[:-1] + str((int(NHS_NUMBER[-1]) + 1) % 10),
        "safe_to_text": "Qvortex",
    }
    unreachable = dict.fromkeys(("nhs_number", "mobile", "phone", "email"), "")
    by_post = {**good, **unreachable, "referral_id": "R-4"}
    rows = [{**row, **changes} for row in (good, bad_date, bad_numbers)] + [by_post]
    return csv_file(*(tuple(row[name] for name in HEADERS) for row in rows), headers=HEADERS)


@pytest.fixture(scope="module")
def scene(commands: Commands, made: Path, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Canaries go through every command and every hook, good and forged, of a running service."""
    folder = tmp_path_factory.mktemp("canaries")
    shutil.copytree(made, folder, dirs_exist_ok=True)
    (folder / "list.csv").write_bytes(_list())
    (folder / "again.csv").write_bytes(_list(mobile="07700 900768", contact_note="zebra-note, after 4pm"))
    seen = Seen()

    def run(*words: str) -> Ran:
        ran = commands(folder, *words)
        seen.commands.append(words)
        seen.parts.append((" ".join(words[:3]), ran.out + ran.err))
        return ran

    _prepare(run)
    with serving(folder, OUTREACH_EMAIL__HOOKS__REPLIES_SECRET=SECRET) as running:
        _post_everything(folder, running, seen)
        _work(run)
        _run_the_service(run)
        assert running.stop() == 0
        seen.parts.append(("served.log", running.log.read_text(encoding="utf-8")))
    asked = [commands(folder, what, "--json", "--bodies") for what in ("messages", "replies", "tasks")]
    bodies = [str(each.get("body")) for each in asked[0].records]
    return Scene(seen, " ".join(each.out for each in asked), bodies)


def _prepare(run: Run) -> None:
    """The team, the list as a trial and in earnest, what is due, and reports."""
    for name, role in (("Grace", "peer_worker"), ("Ito", "clinician"), ("Lee", "peer_lead")):
        run("staff", "add", name, "--role", role)
    run("staff", "hours", "Grace", "Mon", "9:30-15:30")
    for words in (("--dry-run",), ("--dry-run", "--json"), ("--json",), ()):
        assert run("waitlist", "import", "list.csv", *words).code == 0
    assert run("waitlist", "import", "again.csv", "--json").record["updated"] == 1
    soon = wall_clock() + timedelta(days=5)
    for days in (0, 3):  # one of them is no Saturday or Sunday
        run("tick", "--at", f"{(soon + timedelta(days=days)).date()}T10:45", "--json")


def _work(run: Run) -> None:
    """Every other command."""
    for task in run("tasks", "--json").records[-2:]:
        told = ("--note", "purple-umbrella, jobber-wock")
        run("task", "claim", task["id"], "--by", "Grace")
        run("task", "try", task["id"], "--by", "Grace", "--result", "no_answer", *told)
        run("task", "transfer", task["id"], "--by", "Grace", "--to", "Ito", *told)
        run("task", "worried", task["id"], "--by", "Ito")
        run("task", "acknowledge", task["id"], "--by", "Ito")
        run("task", "hand-back", task["id"], "--by", "Ito")
        run("task", "close", task["id"], "--by", "Ito", "--outcome", "rang back")
    for reply in run("replies", "--json").records[-2:]:
        run("reply", "attach", reply["id"], "R-1", "--by", "Grace")
        run("reply", "read", reply["id"], "--by", "Grace")
    why = ("--by", "Grace", "--why", "rang us")
    run("person", "link", "R-1", "--by", "Grace")
    run("person", "revoke-links", "R-1", "--by", "Grace")
    for what in ("opt-out", "opt-in"):
        run("person", what, "R-1", *why)
    run("pause", *why)
    run("resume", *why)
    assert run("keys", "rotate").code == 0
    run("person", "died", "R-1", "--by", "Ito")
    run("person", "undo-death", "R-1", "--by", "Ito", "--with", "Lee", "--why", "a mistake")
    _look(run)


def _run_the_service(run: Run) -> None:
    """Staff, letters, templates, comparisons, and a database that came from a backup."""
    run("staff", "link", "Grace")
    run("staff", "leave", "Grace", "2030-01-01", "2030-01-05")
    run("duty", "set", "2030-01-07", "--reader", "Grace", "--clinician", "Ito")
    run("letters", "list")
    run("letters", "print", "--by", "Grace")
    run("letters", "posted", "L-404", "--by", "Grace")
    run("templates", "list", "--language", "pl")
    run("templates", "export", "pl", "pl.xlsx")
    run("templates", "import", "pl", "pl.xlsx", "--author", "Lee")
    run("templates", "approve", "answers/thanks", "sms", "pl", "--by", "Ito")
    run("comparison", "size", "--before", "20", "--hoped", "15")
    asked = ("--by", "Lee", "--why", "a test", "--before", "20", "--hoped", "15", "--dry-run")
    run("comparison", "stepped-start", "waiting-for-therapy", "--starts", "2030-01-07", *asked)
    run("comparison", "wordings", "before-assessment", "reminder-2", "reminder-7", *asked)
    run("comparison", "end", "--by", "Lee", "--why", "a test")
    run("database", "restored", "--by", "Lee", "--why", "a test")
    run("reconcile", "--by", "Lee", "--no-new-list")
    run("database", "copy", "--to", "sqlite:///copy.sqlite3")


def _look(run: Run) -> None:
    """What only shows."""
    for words in (("timeline", "R-1"), ("messages",), ("replies",), ("tasks",)):
        assert run(*words).code == run(*words, "--json").code == 0
    run("timeline", "Zyxcanary")
    run("check")
    run("staff", "list")
    run("duty", "show")
    run("schedules", "apply", "--dry-run")
    run("report", "--from", "2026-01-01", "--to", "2026-06-30", "--json")
    run("forecast", "--weeks", "4", "--futures", "2", "--json")


def _post_everything(folder: Path, running: Running, seen: Seen) -> None:
    """Good posts, forged ones, damaged ones; and addresses that somebody may try."""
    services = wire(folder / "config.toml")
    account = services.keyring.sign("simulator", SIMULATED_ACCOUNT)
    public = services.config.service.public_url
    replies, emails = "/hooks/twilio/replies", "/hooks/email/replies"

    def text(sid: str, sender: str, words: str, path: str = replies, **changes: str) -> None:
        form = {"MessageSid": sid, "AccountSid": SIMULATED_ACCOUNT, "From": sender, "To": "+447700900999"}
        form |= {"Body": words, "NumMedia": "0", **changes}
        signed = sign(account, f"{public}{path}", form)
        for signature in (signed, "forged", ""):
            _ask(running, seen, path, form, {"X-Twilio-Signature": signature})

    text("SM" + "1" * 32, "+447700900768", WORDS)
    text("SM" + "2" * 32, "+447700900767", "i want to die jobber-wock")
    text("SM" + "3" * 32, "kanarienvogel", WORDS)
    text("purple-umbrella", "+447700900768", WORDS, AccountSid="jobber-wock")
    text("SM" + "4" * 32, "+447700900768", "STOP", "/hooks/twilio/receipts/purple-umbrella")
    text("SM" + "5" * 32, "+447700900768", WORDS * 2000)
    email = {"from": "Zyxcanary <kanarienvogel@example.org>", "subject": "purple-umbrella", "text": WORDS}
    for password in (SECRET, "jobber-wock"):
        basic = _basic("outreach", password)
        _ask(running, seen, emails, {**email, "to": "hello@example.org"}, {"Authorization": basic})
    _ask(running, seen, "/hooks/email/events", email, {})
    for path in (
        "/purple-umbrella",
        "/people/zyxcanary",
        "/unsubscribe/kanarienvogel",
        "/metrics",
        "/health/ready",
    ):
        _ask(running, seen, f"{path}?name=Qvortex", None, {})
    _ask(running, seen, "/unsubscribe/kanarienvogel", {"stop": "purple-umbrella"}, {})
    _ask(running, seen, "/sign-in", {"email": "kanarienvogel@example.org", "password": "jobber-wock"}, {})
    services.engine.dispose()


def _ask(
    running: Running, seen: Seen, path: str, form: dict[str, str] | None, headers: dict[str, str]
) -> None:
    body = urlencode(form).encode() if form is not None else None
    answer = running.ask(path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})
    seen.refused += answer.status >= 400
    answered = answer.status == 200 and body is not None  # an answer to somebody who wrote may use their name
    if not answered and answer.status != 302:  # a redirect repeats the address that was asked for
        seen.parts.append((f"{path}: {answer.status}", answer.body))


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def test_no_canary_is_found_where_nobody_asked_for_it(scene: Scene) -> None:
    assert scene.seen.found() == []


def test_every_command_was_among_them(scene: Scene) -> None:
    commands = set(_leaves(get_command(app)))
    tried = {words for words in commands if any(ran[: len(words)] == words for ran in scene.seen.commands)}
    assert commands - tried == ELSEWHERE


def _leaves(command: Any, *before: str) -> Iterator[tuple[str, ...]]:
    """The words that call each command that does something."""
    if not hasattr(command, "commands"):
        yield before
        return
    for name, each in command.commands.items():
        yield from _leaves(each, *before, name)


def test_every_canary_went_in_and_comes_out_only_where_words_are_asked_for(scene: Scene) -> None:
    assert scene.seen.refused > 10
    assert len(scene.seen.parts) > 50
    for needle in ("purple-umbrella", "jobber-wock", "zyxcanary"):
        assert needle in scene.with_bodies.casefold()


def test_no_address_in_any_message_tells_anything_about_anybody(scene: Scene) -> None:
    links = [link for body in scene.bodies for link in re.findall(r"https?://\S+", body)]
    assert [link for link in links if any(needle in link.casefold() for needle in NEEDLES)] == []
