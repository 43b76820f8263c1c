"""The conversation with one person: everything so far, a message in one's own words, and what comes next."""

from dataclasses import dataclass
from datetime import datetime, time

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from outreach.actions.keep_draft import drop_draft, keep_draft
from outreach.actions.staff_words import (
    StaffWords,
    is_handed_in,
    signed,
    take_back,
    way_of_words,
    write_as_staff,
)
from outreach.actions.waits import WaitingPerson, load_people
from outreach.errors import NotFoundError, OutreachError
from outreach.models import Message
from outreach.models.base import is_id, new_id
from outreach.models.draft import draft_of
from outreach.models.saved_reply import saved_replies
from outreach.rules.contact import Route
from outreach.rules.rendering import text_direction
from outreach.rules.segments import Segments
from outreach.rules.segments import count as count_segments
from outreach.rules.tongues import language_name
from outreach.vocabulary import Channel
from outreach.web.coming_shown import what_comes
from outreach.web.conversation_shown import standing_stops, talk_with, what_stops
from outreach.web.forms import Form
from outreach.web.here import in_session, me, now, services
from outreach.web.objects import person_or_404
from outreach.web.people_shown import full_name, languages, marks_of
from outreach.web.trail import saw

pages = Blueprint("conversation", __name__, url_prefix="/people/<person_id>/conversation")

Answer = str | Redirect | tuple[str, int]

LONGEST = {Channel.SMS: 900, Channel.EMAIL: 10_000}
CHANNEL_NAMES = {Channel.SMS: "Text", Channel.EMAIL: "Email"}


@dataclass(frozen=True, slots=True)
class Length:
    """What will stand in somebody's phone, and what it takes."""

    text: str
    segments: Segments | None
    direction: str


@pages.get("/")
def show(person_id: str) -> str:
    """The newest of it, with a way to what was before."""
    return _page(person_id, None)


@pages.post("/")
def write(person_id: str) -> Answer:
    """Send words of one's own, or first put a saved reply in, or see how long they are."""
    form = Form(request.form)
    if form.value("do") == "insert":
        return _page(person_id, _with_saved(form))
    if form.value("do") == "count":
        _keep(person_id, form)
        return _page(person_id, form, counted=True)
    new = _read(form)
    if new is None:
        return _page(person_id, form), 422
    try:
        with services().begin() as session:
            person = person_or_404(session, person_id)
            message = write_as_staff(session, services(), person, new, staff=in_session(session), now=now())
            goes_at = message.planned_for
            drop_draft(session, in_session(session), draft_place(person_id))
    except OutreachError as fault:
        form.refuse("words", str(fault))
        return _page(person_id, form, message_id=new_id()), 422
    calendar = services().calendar
    flash("It is on its way." if goes_at <= now() else f"It goes on {calendar.in_words(goes_at)}.")
    return redirect(url_for("conversation.show", person_id=person_id, _anchor="next"))


@pages.post("/length")
def length(person_id: str) -> str:
    """How long the words are while they are being written; they are kept until they are sent."""
    form = Form(request.form)
    _keep(person_id, form)
    return render_template("staff/conversation_length.html", length=_length(form))


def _keep(person_id: str, form: Form) -> None:
    """Lost sessions and closed tabs lose nothing."""
    with services().begin() as session:
        person_or_404(session, person_id)
        if is_handed_in(session, person_id, form.value("message_id")):
            return  # a save that comes in behind the message would bring its words back
        words = form.value("words")[: LONGEST[Channel.EMAIL]]
        place = draft_place(person_id)
        keep_draft(session, services().keyring, in_session(session), place=place, words=words, now=now())


def draft_place(person_id: str) -> str:
    """Where what somebody is writing to this person is kept."""
    return f"conversation:{person_id}"


@pages.post("/<message_id>/take-back")
def back(person_id: str, message_id: str) -> Redirect:
    """Stop one's own or a colleague's message before it has left."""
    with services().begin() as session:
        take_back(session, message_of(session, person_id, message_id), in_session(session), now())
    flash("It was taken back, and will not be sent.")
    return redirect(url_for("conversation.show", person_id=person_id, _anchor="next"))


def message_of(session: Session, person_id: str, message_id: str) -> Message:
    """This message of this person, if whoever is signed in may see them."""
    person_or_404(session, person_id)
    message = session.get(Message, message_id) if is_id(message_id) else None
    if message is None or message.person_id != person_id:
        raise NotFoundError(
            "There is no such message. It may have been planned anew: look at the page again."
        )
    return message


def _with_saved(form: Form) -> Form:
    """The form with a saved reply at the end of what was typed."""
    with services().read() as session:
        chosen = next((each for each in saved_replies(session) if each.id == form.value("saved")), None)
    fields = {name: form.value(name) for name in FIELDS}
    if chosen:
        fields["words"] = "\n".join(filter(None, (fields["words"].strip(), chosen.words)))
    filled = Form(fields)
    if chosen is None:
        filled.refuse("saved", "Choose a saved reply first")
    return filled


FIELDS = ("message_id", "channel", "subject", "words", "language", "when", "day", "time", "saved")


def _read(form: Form) -> StaffWords | None:
    """What was typed; None, with what is wrong beside its field."""
    channel = form.one_of("channel", Channel, "Choose text or email")
    words = form.text("words", "Write what they should get", most=LONGEST[channel or Channel.EMAIL])
    subject = form.text("subject", most=120) or services().config.service.text_name
    at = _moment(form) if form.value("when") == "later" else None
    if not form.is_good or channel is None:
        return None
    message_id = form.value("message_id")
    return StaffWords(
        message_id=message_id if is_id(message_id) else new_id(),
        channel=channel,
        words=words,
        language=form.value("language") or "en",
        subject=" ".join(subject.split()) if channel is Channel.EMAIL else "",
        at=at,
    )


def _moment(form: Form) -> datetime | None:
    day = form.day("day", "Say on which day it should go")
    try:
        wall = time.fromisoformat(form.value("time").strip())
    except ValueError:
        form.refuse("time", "Say at what time, such as 10:30")
        return None
    return services().calendar.at(day, wall.replace(tzinfo=None)) if day else None


def _length(form: Form) -> Length | None:
    words = form.value("words").replace("\r\n", "\n").strip()[: LONGEST[Channel.EMAIL]]
    if not words:
        return None
    text = signed(services(), me(), words)
    by_text = form.value("channel") != Channel.EMAIL.value
    return Length(
        text, count_segments(text) if by_text else None, text_direction(form.value("language") or "en")
    )


def _page(person_id: str, form: Form | None, *, counted: bool = False, message_id: str = "") -> str:
    house = services()
    with house.read() as session:
        row = person_or_404(session, person_id)
        whole = load_people(session, house.keyring, [person_id])[person_id]
        talk = talk_with(session, house, person_id, request.args.get("before", ""), now())
        marks = marks_of(whole, house, languages(session, house), now())
        coming = what_comes(session, house, whole, now())
        stops = standing_stops(session, house, person_id, whole.details)
        saved = saved_replies(session)
        draft = draft_of(session, me().id, draft_place(person_id)) if form is None else None
    saw(row, conversation=True)
    return render_template(
        "staff/conversation.html",
        person=whole,
        name=full_name(whole),
        called=whole.details.called,
        marks=marks,
        talk=talk,
        is_newest="before" not in request.args,
        coming=coming,
        stops=[(each, what_stops(each).capitalize()) for each in stops],
        saved_choices=[("", "Choose one"), *((each.id, each.name) for each in saved)] if saved else [],
        form=form,
        draft=draft.opened(house.keyring) if draft else "",
        message_id=message_id or (form.value("message_id") if form else "") or new_id(),
        length=_length(form) if form and (counted or not form.is_good) else None,
        **_writing(whole),
    )


def _writing(person: WaitingPerson) -> dict[str, object]:
    """By which ways this person may be written to at all, in which languages, and from when."""
    house, theirs = services(), person.row.language
    tongues = ["en"] if theirs.partition("-")[0] == "en" else ["en", theirs]
    ways: dict[Channel, Route] = {
        channel: _best([way_of_words(house, person, channel, tongue, now()) for tongue in tongues])
        for channel in Channel
    }
    slot = house.calendar.next_slot(now())
    usual = person.row.preferred_channel
    open_ways = [channel for channel in Channel if ways[channel].channel]
    preferred = next((each for each in open_ways if usual and each.value == usual.value), None)
    return {
        "ways": [(each.value, CHANNEL_NAMES[each]) for each in open_ways],
        "first_way": preferred or next(iter(open_ways), None),
        "closed_ways": [
            (CHANNEL_NAMES[each], way.reason) for each, way in ways.items() if way.channel is None
        ],
        "tongues": [(tongue, language_name(tongue)) for tongue in tongues],
        "slot": slot,
        "is_open": slot <= now(),
        "why_closed": house.calendar.why_closed(now()),
    }


def _best(ways: list[Route]) -> Route:
    """The first that leads anywhere, else the first."""
    return next((way for way in ways if way.channel), ways[0])
