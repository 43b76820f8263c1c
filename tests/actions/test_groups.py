"""Co-run groups: invitations, places that are never oversold, the waiting list for one, reminders and thanks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from outreach.actions.directory import Entry, add_activity
from outreach.actions.group_asks import asked
from outreach.actions.group_rounds import look_after_groups
from outreach.actions.group_sessions import NewSession, call_off, free_place, record_attendance, set_session
from outreach.actions.invite import invite_everybody, invite_one, place_by_staff
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.take_reply import take_reply
from outreach.engines.jobs import tick
from outreach.errors import RefusedError
from outreach.models import GroupSession, Invitation, InvitationRound, Message, Referral, Reply, StaffMember
from outreach.models.activity import invitations_to
from outreach.ports import InboundMessage
from outreach.rules.groups import Standing
from outreach.services import Services
from outreach.vocabulary import ActivityKind, Cause, Channel, MessageState, Reading, Role
from tests import cast
from tests.house import clock_of

STARTS = datetime(2026, 3, 19, 14, 0, tzinfo=UTC)


def a_group(services: Services, places: int = 12, starts: datetime = STARTS, **facts: object) -> str:
    """Garden mornings, kept by Kim; returns the id of its session."""
    with services.begin() as session:
        kim = session.scalar(select(StaffMember).where(StaffMember.name == "Kim")) or cast.staff(
            session, services, "Kim", Role.PEER_WORKER
        )
        entry = Entry(
            "Garden mornings",
            ActivityKind.SOCIAL,
            date(2026, 9, 1),
            is_group=True,
            **facts,  # type: ignore[arg-type]
        )
        activity = add_activity(session, entry, kim, now=services.now(), today=date(2026, 3, 2))
        session.flush()
        new = NewSession(starts, starts + timedelta(hours=2), "Willow House", places)
        group_session = set_session(session, activity, new, kim, services.now())
        session.flush()
        return group_session.id


def people(services: Services, count: int) -> list[str]:
    """So many people on the list, whom nothing else is due for; returns their referral ids."""
    ids = []
    with services.begin() as session:
        for number in range(count):
            details = cast.another(mobile=f"+447700900{number:03}", email="", postcode="N1 2AB")
            row = cast.person(session, services, details, introduced_at=services.now())
            referral = cast.referral(
                session, services, row, date(2026, 2, 1), local_id=f"R-{number}", plans=False
            )
            ids.append(referral.id)
    return ids


def invite(services: Services, session_id: str, referral_id: str) -> None:
    with services.begin() as session:
        invite_one(
            session,
            services,
            session.get_one(GroupSession, session_id),
            session.get_one(Referral, referral_id),
            now=services.now(),
            who="Kim",
        )


def texts(services: Services, number: int, words: str, sid: str = "") -> str:
    """Person `number` texts this; returns what they are answered."""
    sid = sid or f"SM{number}{words}{services.now().isoformat()}"
    inbound = InboundMessage(
        provider_id=sid, channel=Channel.SMS, sender=f"+447700900{number:03}", recipient="", body=words
    )
    return take_reply(services, inbound, services.now()).text


def standings(services: Services, session_id: str) -> list[Standing]:
    with services.read() as session:
        return [asked(each).standing(services.now()) for each in invitations_to(session, session_id)]


def standing_of(services: Services, referral_id: str) -> Standing:
    with services.read() as session:
        row = session.scalar(select(Invitation).where(Invitation.referral_id == referral_id))
        assert row
        return asked(row).standing(services.now())


def sent(services: Services, step: str) -> list[Message]:
    with services.read() as session:
        return list(session.scalars(select(Message).where(Message.step == step)))


def test_a_freed_place_goes_to_the_next_in_order_with_a_time_to_answer(services: Services) -> None:
    session_id = a_group(services, places=1)
    first, second, third = people(services, 3)
    for each in (first, second, third):
        invite(services, session_id, each)
    tick(services)
    for number in range(3):
        texts(services, number, "yes please")
    assert [standing_of(services, each) for each in (first, second, third)] == [
        Standing.HAS_A_PLACE,
        Standing.WAITING,
        Standing.WAITING,
    ]
    assert "That is fine" in texts(services, 0, "no")
    assert look_after_groups(services, services.now()).offered == 1
    assert standing_of(services, second) is Standing.OFFERED
    assert look_after_groups(services, services.now()).offered == 0, "one place is offered to one person"
    tick(services)
    assert len(sent(services, "place-free")) == 1
    clock_of(services).forward(hours=25)
    assert standing_of(services, second) is Standing.LAPSED
    assert look_after_groups(services, services.now()).offered == 1
    tick(services)
    assert "You have a place" in texts(services, 2, "JOIN")
    assert standing_of(services, third) is Standing.HAS_A_PLACE


def test_nobody_overtakes_those_who_wait(sqlite_services: Services) -> None:
    services = sqlite_services
    session_id = a_group(services, places=1)
    first, second, third = people(services, 3)
    for each in (first, second, third):
        invite(services, session_id, each)
    tick(services)
    texts(services, 0, "JOIN")
    texts(services, 1, "JOIN")
    texts(services, 0, "NO")
    assert "on the list for a place" in texts(services, 2, "JOIN")
    look_after_groups(services, services.now())
    assert [standing_of(services, each) for each in (second, third)] == [Standing.OFFERED, Standing.WAITING]


def test_no_and_join_mean_nothing_while_no_invitation_is_open(sqlite_services: Services) -> None:
    services = sqlite_services
    session_id = a_group(services)
    (referral_id,) = people(services, 1)
    for words in ("no", "JOIN"):
        texts(services, 0, words)
    with services.read() as session:
        assert [reply.readings for reply in session.scalars(select(Reply))] == [[], []]
    invite(services, session_id, referral_id)
    tick(services)
    clock_of(services).forward(days=4)
    texts(services, 0, "JOIN")
    assert standing_of(services, referral_id) is Standing.LAPSED


def test_a_bare_no_to_another_message_does_not_decline_the_group(sqlite_services: Services) -> None:
    services = sqlite_services
    session_id = a_group(services)
    (referral_id,) = people(services, 1)
    invite(services, session_id, referral_id)
    tick(services)
    texts(services, 0, "What is it?")  # our answer to this is the last thing they have of us
    texts(services, 0, "no")
    assert standing_of(services, referral_id) is Standing.INVITED
    texts(services, 0, "ok I would love to join")
    assert standing_of(services, referral_id) is Standing.HAS_A_PLACE


def test_yes_and_no_in_one_text_are_for_a_person_to_read(sqlite_services: Services) -> None:
    services = sqlite_services
    session_id = a_group(services)
    (referral_id,) = people(services, 1)
    invite(services, session_id, referral_id)
    tick(services)
    assert "Someone will read" in texts(services, 0, "No thanks. Or wait, yes I would love to come")
    assert standing_of(services, referral_id) is Standing.INVITED


def test_a_cry_for_help_gets_the_lines_and_staff_see_who_is_still_to_be_told(
    sqlite_services: Services,
) -> None:
    services = sqlite_services
    session_id = a_group(services)
    (referral_id,) = people(services, 1)
    invite(services, session_id, referral_id)
    tick(services)
    with services.begin() as session:
        session.get_one(Invitation, session.scalars(select(Invitation.id)).one()).told_at = None
    assert "111" in texts(services, 0, "JOIN I dont want to be alive")
    with services.read() as session:
        row = session.scalars(select(Invitation)).one()
        assert (row.place_at is not None, row.told_at) == (True, None)


def test_who_also_asks_to_talk_is_told_about_the_place_in_a_text_of_its_own(
    sqlite_services: Services,
) -> None:
    services = sqlite_services
    session_id = a_group(services)
    (referral_id,) = people(services, 1)
    invite(services, session_id, referral_id)
    tick(services)
    assert "Thank you for asking" in texts(services, 0, "JOIN, and can someone ring me please")
    tick(services)
    assert [message.state for message in sent(services, "place")] == [MessageState.DELIVERED]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"safe_to_text": False}, "texts are not safe"),
        ({"safe_to_text": None}, "was never asked"),
        ({"interpreter": True, "language": "so"}, "interpreter"),
    ],
)
def test_nobody_is_invited_whom_no_such_message_may_reach(
    sqlite_services: Services, facts: dict[str, object], why: str
) -> None:
    services = sqlite_services
    session_id = a_group(services)
    details = cast.another(email="")
    with services.begin() as session:
        row = cast.person(session, services, details, **facts)
        referral_id = cast.referral(session, services, row, date(2026, 2, 1), plans=False).id
    with pytest.raises(RefusedError, match=why):
        invite(services, session_id, referral_id)


def test_nobody_is_invited_twice_or_to_two_things_at_once(sqlite_services: Services) -> None:
    services = sqlite_services
    session_id, other = a_group(services), a_group(services)
    (referral_id,) = people(services, 1)
    invite(services, session_id, referral_id)
    with pytest.raises(RefusedError, match="asked to this session already"):
        invite(services, session_id, referral_id)
    with pytest.raises(RefusedError, match="another invitation"):
        invite(services, other, referral_id)


def test_everybody_who_fits_is_invited_within_what_there_are_places_for(services: Services) -> None:
    session_id = a_group(services, places=2, districts=["N1"])
    ids = people(services, 12)
    with services.begin() as session:
        gone = session.get_one(Referral, ids[0])
        opt_out(session, Stop(Cause.STAFF, person_id=gone.person_id), services.now(), who="Kim")
        far = cast.person(session, services, cast.another(mobile="+447700900500", postcode="SE1 1AA"))
        cast.referral(session, services, far, date(2025, 1, 1), local_id="R-far", plans=False)
        invite_everybody(session, services, session.get_one(GroupSession, session_id), services.now(), "Kim")
    assert look_after_groups(services, services.now()).invited == 8
    with services.read() as session:
        row = session.scalars(select(InvitationRound)).one()
        assert row.left_out["it does not fit them"] == 1
        assert row.left_out["no message may go: has opted out of texts"] == 1
        assert sum(row.left_out.values()) + (row.invited or 0) == 13
    assert look_after_groups(services, services.now()).invited == 0, "a round is done once"


def test_an_invitation_keeps_the_gap_and_yields_to_an_opt_out(sqlite_services: Services) -> None:
    services = sqlite_services
    session_id = a_group(services)
    _, referral_id = cast.amina(services)
    clock_of(services).set(datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    tick(services)  # the first contact goes
    invite(services, session_id, referral_id)
    tick(services)
    (message,) = sent(services, "invitation")
    assert (message.state, message.planned_for.date()) == (MessageState.PLANNED, date(2026, 3, 9))
    with services.begin() as session:
        whose = session.get_one(Referral, referral_id).person_id
        opt_out(session, Stop(Cause.REPLY, person_id=whose), services.now(), who="the person")
    clock_of(services).forward(days=5)
    tick(services)
    assert sent(services, "invitation")[0].state is MessageState.CANCELLED


def test_who_has_a_place_is_reminded_once_and_thanked_once(services: Services) -> None:
    session_id = a_group(services)
    came, stayed_away = people(services, 2)
    for number, each in enumerate((came, stayed_away)):
        invite(services, session_id, each)
        tick(services)
        texts(services, number, "JOIN")
    clock_of(services).set(datetime(2026, 3, 17, 10, 30, tzinfo=UTC))
    assert [look_after_groups(services, services.now()).reminded for _ in range(2)] == [2, 0]
    tick(services)
    assert len(sent(services, "reminder")) == 2
    clock_of(services).set(STARTS + timedelta(hours=3))
    for _ in range(2):
        with services.begin() as session:
            kim = session.scalars(select(StaffMember)).one()
            for row in invitations_to(session, session_id):
                attended = row.referral_id == came
                record_attendance(session, services, row, kim, now=services.now(), attended=attended)
    (thanks,) = sent(services, "thank-you")
    assert thanks.referral_id == came


def test_a_session_that_is_called_off_is_told_to_everybody_concerned_and_to_no_one_else(
    sqlite_services: Services,
) -> None:
    services = sqlite_services
    session_id = a_group(services, places=1)
    joined, waits, silent = people(services, 3)
    for each in (joined, waits, silent):
        invite(services, session_id, each)
    tick(services)
    texts(services, 0, "JOIN")
    texts(services, 1, "JOIN")
    with services.begin() as session:
        kim = session.scalars(select(StaffMember)).one()
        row = session.get_one(GroupSession, session_id)
        assert call_off(session, services, row, kim, now=services.now(), because="the room is flooded") == 2
    tick(services)
    assert {message.referral_id for message in sent(services, "called-off")} == {joined, waits}
    texts(services, 2, "JOIN")
    assert standing_of(services, silent) is Standing.INVITED, "nothing is joined any more"
    with services.read() as session:
        latest = session.scalars(select(Reply).order_by(Reply.id.desc())).first()
        assert latest
        assert Reading.JOINS.value not in latest.readings


def test_staff_note_what_people_tell_them(sqlite_services: Services) -> None:
    services = sqlite_services
    session_id = a_group(services, places=1)
    first, second = people(services, 2)
    with services.begin() as session:
        kim = session.scalars(select(StaffMember)).one()
        row = session.get_one(GroupSession, session_id)
        for each in (first, second):
            whose = session.get_one(Referral, each)
            place_by_staff(session, services, row, whose, now=services.now(), who=kim.name)
    assert standings(services, session_id) == [Standing.HAS_A_PLACE, Standing.WAITING]
    with services.begin() as session:
        mine = session.scalar(select(Invitation).where(Invitation.referral_id == first))
        assert mine
        free_place(session, mine, kim, now=services.now(), because="is ill")
        whose = session.get_one(Referral, first)
        with pytest.raises(RefusedError, match="may not overtake"):
            place_by_staff(session, services, row, whose, now=services.now(), who=kim.name)
    look_after_groups(services, services.now())
    assert standing_of(services, second) is Standing.OFFERED


def test_a_review_date_must_be_near(sqlite_services: Services) -> None:
    services = sqlite_services
    with services.begin() as session:
        kim = cast.staff(session, services, "Kim", Role.PEER_WORKER)
        entry = Entry("Choir", ActivityKind.CREATIVE, date(2028, 1, 1), contact="Ring 020 7946 0010")
        with pytest.raises(RefusedError, match="within the next 12 months"):
            add_activity(session, entry, kim, now=services.now(), today=date(2026, 3, 2))
        with pytest.raises(RefusedError, match="get in touch"):
            add_activity(
                session,
                Entry("Choir", ActivityKind.CREATIVE, date(2026, 9, 1)),
                kim,
                now=services.now(),
                today=date(2026, 3, 2),
            )
