"""The editor of one template: the words on the left, on the right what somebody gets, live while typing."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.preview_template import Preview, preview
from outreach.actions.revise_template import NewWords, revise_template
from outreach.errors import ConflictError, NotFoundError, OutreachError
from outreach.models import Referral
from outreach.models.event import seen_lately
from outreach.models.template import versions_of
from outreach.reports.wording import use_in_pathway
from outreach.rules.rendering import text_direction
from outreach.rules.tongues import language_name
from outreach.rules.variables import VARIABLES
from outreach.rules.word_diff import word_diff
from outreach.rules.wording import Draft
from outreach.vocabulary import Channel
from outreach.web.forms import Form
from outreach.web.here import me, now, services
from outreach.web.objects import person_or_404
from outreach.web.templates import ONE, Answer
from outreach.web.trail import saw

pages = Blueprint("template_editor", __name__, url_prefix="/templates")

MOST_WORDS = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """Which template is being written."""

    key: str
    channel: Channel
    language: str


@pages.get(ONE)
def edit(key: str, channel: str, language: str) -> str:
    """The newest words of a template, to be changed."""
    place = Place(key, Channel(channel), language)
    with services().read() as session:
        newest = next(iter(versions_of(session, key, language, place.channel)), None)
        english = next(iter(versions_of(session, key, "en", place.channel)), None)
    if newest is None and english is None:
        raise NotFoundError("There is no such template.")
    first = {"source": newest.source if newest else "", "base": str(newest.version if newest else 0)}
    return _page(place, Form(first))


@pages.post(ONE)
def save(key: str, channel: str, language: str) -> Answer:
    """Save the words as the next version; what is wrong, and what another person saved meanwhile, is shown."""
    place, form = Place(key, Channel(channel), language), Form(request.form)
    source = form.text("source", "Write what people should get", most=MOST_WORDS)
    base = form.value("base")
    if form.is_good:
        new = NewWords(key, language, place.channel, source, int(base) if base.isdecimal() else 0)
        try:
            with services().begin() as session:
                version = revise_template(session, services(), new, now(), author=me().name)
        except ConflictError as fault:
            return _page(place, form, conflict=fault), 409
        except OutreachError as fault:
            form.refuse("source", str(fault))
    if not form.is_good:
        return _page(place, form), 422
    flash(f"Saved as version {version.version}. It reaches nobody until a second person has approved it.")
    return redirect(url_for("templates.ask_approve", key=key, channel=channel, language=language))


@pages.post(f"{ONE}/preview")
def show_preview(key: str, channel: str, language: str) -> str:
    """The words as somebody would get them: the whole page, or only the preview where scripts run."""
    place, form = Place(key, Channel(channel), language), Form(request.form)
    if not request.headers.get("HX-Request"):
        return _page(place, form)
    return render_template("staff/template_preview.html", shown=_preview(place, form), channel=place.channel)


def _page(place: Place, form: Form, conflict: ConflictError | None = None) -> str:
    with services().read() as session:
        versions = versions_of(session, place.key, place.language, place.channel)
        english = versions_of(session, place.key, "en", place.channel)
        use = use_in_pathway(session, place.key)
    newest = versions[0] if versions else None
    return render_template(
        "staff/template_edit.html",
        place=place,
        form=form,
        newest=newest,
        english=english[0] if english and place.language != "en" else None,
        shown=_preview(place, form),
        conflict=conflict,
        theirs=word_diff(form.value("source"), newest.source) if conflict and newest else [],
        base=newest.version if conflict and newest else form.value("base"),
        use=use,
        variables=VARIABLES,
        language_name=language_name,
        direction=text_direction(place.language),
        channel=place.channel,
    )


def _preview(place: Place, form: Form) -> Preview:
    draft = Draft(place.key, place.language, place.channel, form.value("source")[:MOST_WORDS])
    with services().read() as session:
        person_id = _person(session, form)
        return preview(session, services(), draft, now(), person_id)


def _person(session: Session, form: Form) -> str | None:
    """The person behind the referral id that was typed, if whoever is signed in may see them; that is noted."""
    wanted = form.value("referral").strip()
    if not wanted:
        return None
    person_id = session.scalar(select(Referral.person_id).where(Referral.local_id == wanted))
    if person_id is None:
        form.refuse("referral", "No referral has this id; the preview shows a made-up person")
        return None
    person = person_or_404(session, person_id)
    if not seen_lately(session, me().name, person, now()):
        saw(person, why="template preview")
    return person_id
