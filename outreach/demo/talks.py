"""What the team is writing when somebody comes to try the demo: saved replies, one for tomorrow, one half written."""

from datetime import datetime, time

from sqlalchemy import select

from outreach.actions.keep_draft import keep_draft
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.saved_replies import add_saved_reply
from outreach.actions.staff_words import StaffWords, way_of_words, write_as_staff
from outreach.actions.waits import load_people
from outreach.demo.team import Team
from outreach.models import Person, Reply, StaffMember
from outreach.models.base import new_id
from outreach.services import Services
from outreach.vocabulary import Cause, Channel, Purpose

SAVED = (
    (
        "Thank you, I have read it",
        "Thank you for writing. I have read it, and you do not need to do anything.",
    ),
    ("I will ring you", "Thank you for writing. I will ring you, and if it is a bad moment just say so."),
    (
        "About the wait",
        "I am sorry that it is taking so long. You are on the list, and you have not lost your place.",
    ),
)
FOR_TOMORROW = (
    "Thank you for writing back. I read it, and I am glad that it reached you. I am here on most mornings."
)
HALF_WRITTEN = "Thank you for telling me. I can ring you in the afternoon, would"
GOES_AT = time(10, 30)


def leave_talks(services: Services, team: Team, now: datetime) -> None:
    """Saved replies; for people who wrote, a message for the next working day, a draft, and a wish for no surveys."""
    with services.begin() as session:
        lead, peer = (session.get_one(StaffMember, each.id) for each in (team.lead, team.nadia))
        for name, words in SAVED:
            add_saved_reply(session, name=name, words=words, staff=lead, now=now)
        unread = select(Reply.person_id).where(Reply.read_at.is_(None), Reply.person_id.is_not(None))
        wrote = [each for each in dict.fromkeys(session.scalars(unread.order_by(Reply.id))) if each]
        people = load_people(session, services.keyring, wrote)
        open_ones = [
            people[each]
            for each in wrote
            if way_of_words(services, people[each], Channel.SMS, "en", now).channel
            and people[each].row.language == "en"
        ]
        calendar = services.calendar
        tomorrow = calendar.at(calendar.working_day_after(calendar.day_of(now)), GOES_AT)
        for person in open_ones[:1]:
            row = session.get_one(Person, person.id)
            new = StaffWords(new_id(), Channel.SMS, FOR_TOMORROW, "en", at=tomorrow)
            write_as_staff(session, services, row, new, staff=peer, now=now)
            no_surveys = Stop(Cause.STAFF, person_id=person.id, purpose=Purpose.SURVEY)
            opt_out(
                session, no_surveys, now, who=lead.name, why="said on the phone that surveys are too much"
            )
        for person in open_ones[1:2]:
            place = f"conversation:{person.id}"
            keep_draft(session, services.keyring, peer, place=place, words=HALF_WRITTEN, now=now)
