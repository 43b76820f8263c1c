"""People whom no message may or can reach: a letter or a task for each step, printed, posted and kept as contact."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.actions.hold import hold
from outreach.actions.letter_words import not_to_post, waiting_letters
from outreach.actions.letters import count_letters, mark_posted, print_again, print_letters, undo_letter
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.pause import pause_sending
from outreach.actions.plan import replan
from outreach.actions.record_death import record_death
from outreach.actions.take_receipt import take_receipt
from outreach.actions.timeline import timeline
from outreach.engines.jobs import tick
from outreach.errors import RefusedError
from outreach.models import (
    Appointment,
    Letter,
    LetterBatch,
    Message,
    Person,
    Referral,
    StaffMember,
    Task,
)
from outreach.ports import Receipt
from outreach.services import Services
from outreach.vocabulary import (
    LEFT_US,
    Cause,
    MessageState,
    PreferredChannel,
    ReceiptStatus,
    Role,
    Stage,
    TaskKind,
)
from tests import cast
from tests.both import both_databases
from tests.house import clock_of

TWELVE_WEEKS = timedelta(weeks=12)
HOME = {"address": ("1 Test Row", "Northside"), "postcode": "ZZ99 3AA"}
FIRST_CONTACT = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)


def letty(services: Services, **facts: object) -> tuple[str, str]:
    """Letty has asked for letters only; returns her person id and referral id."""
    details = cast.another(cast.AMINA, given_name="Letty", **HOME)  # type: ignore[arg-type]
    with services.begin() as session:
        row = cast.person(session, services, details, preferred_channel=PreferredChannel.LETTER, **facts)
        return row.id, cast.referral(session, services, row, date(2026, 3, 2)).id


def letters(services: Services) -> list[Letter]:
    with services.read() as session:
        return list(session.scalars(select(Letter).order_by(Letter.wanted_at, Letter.id)))


def pat(services: Services) -> str:
    with services.begin() as session:
        return cast.staff(session, services, "Pat Peer", Role.PEER_WORKER).name


def post_all(services: Services) -> LetterBatch | None:
    """Staff print what waits, and post it."""
    batch = print_letters(services, services.now(), "Pat Peer")
    if batch:
        with services.begin() as session:
            mark_posted(session, services, session.get_one(LetterBatch, batch.id), services.now(), "Pat Peer")
    return batch


def first_letter(services: Services) -> Letter:
    letty(services)
    clock_of(services).set(FIRST_CONTACT)
    tick(services)
    (letter,) = letters(services)
    return letter


def test_a_step_for_somebody_who_asked_for_letters_becomes_a_letter(services: Services) -> None:
    letter = first_letter(services)
    with services.read() as session:
        message = session.get_one(Message, letter.message_id)
        (waiting,) = waiting_letters(session, services, services.now())
    assert (message.step, message.reason) == ("first-contact", "has asked for letters")
    assert waiting.paper
    assert waiting.paper.address == ("Letty Example", "1 Test Row", "Northside", "ZZ99 3AA")
    assert "Letty" in waiting.paper.words
    assert not any(word in waiting.paper.words for word in ("reply", "TALK", "STOP", "email", "http"))


def test_a_printed_letter_is_kept_sealed_and_counts_once_it_is_posted(services: Services) -> None:
    letter = first_letter(services)
    assert post_all(services)
    (after,) = letters(services)
    assert (after.printed_at, after.posted_at) == (services.now(), services.now())
    assert b"Letty" not in (after.body or b"")
    assert "Letty" in after.opened(services.keyring)[2]
    with services.read() as session:
        assert session.get_one(Person, letter.person_id).introduced_at == services.now()
    assert print_letters(services, services.now(), "Pat Peer") is None


def test_somebody_who_died_gets_no_letter_and_the_reason_is_kept(services: Services) -> None:
    letter = first_letter(services)
    with services.begin() as session:
        session.get_one(Person, letter.person_id).deceased_on = date(2026, 3, 5)
    assert print_letters(services, services.now(), "Pat Peer") is None
    (after,) = letters(services)
    assert (after.printed_at, after.undone_because) == (None, "the person has died")


def test_a_hold_keeps_a_letter_back_until_it_ends(services: Services) -> None:
    letter = first_letter(services)
    with services.begin() as session:
        held = hold(session, letter.person_id, services.now(), who="Pat Peer", why="a call is coming")
    assert print_letters(services, services.now(), "Pat Peer") is None
    with services.begin() as session:
        session.merge(held).released_at = services.now()
    assert print_letters(services, services.now(), "Pat Peer")


def test_a_letter_about_a_date_that_moved_is_never_printed(services: Services) -> None:
    _, referral_id = letty(services, introduced_at=services.now())
    with services.begin() as session:
        referral = session.get_one(Referral, referral_id)
        visit = cast.assessment(session, services, referral, date(2026, 3, 18)).id
    clock_of(services).set(datetime(2026, 3, 4, 10, 30, tzinfo=UTC))
    tick(services)
    assert [each.worthless_on for each in letters(services)] == [date(2026, 3, 18)]
    with services.begin() as session:
        session.get_one(Appointment, visit).cancelled_at = services.now()
    assert print_letters(services, services.now(), "Pat Peer") is None
    assert letters(services)[0].undone_because == "its date no longer stands"


def test_what_would_come_too_late_by_post_is_a_call_task_before_the_appointment(services: Services) -> None:
    _, referral_id = letty(services, introduced_at=services.now())
    with services.begin() as session:
        cast.assessment(session, services, session.get_one(Referral, referral_id), date(2026, 3, 12))
    clock_of(services).set(datetime(2026, 3, 10, 10, 30, tzinfo=UTC))
    tick(services)
    with services.read() as session:
        task = session.scalars(select(Task).where(Task.reason.contains("reminder 2"))).one()
    assert task.kind is TaskKind.CALL
    assert task.reason.endswith("a letter would come too late")
    assert task.due_at <= datetime(2026, 3, 11, 18, 0, tzinfo=UTC)


def test_without_an_address_there_is_a_call_task_instead(services: Services) -> None:
    with services.begin() as session:
        row = cast.person(session, services, preferred_channel=PreferredChannel.LETTER)
        cast.referral(session, services, row, date(2026, 3, 2))
    clock_of(services).set(FIRST_CONTACT)
    tick(services)
    with services.read() as session:
        reason = session.scalars(select(Task.reason).where(Task.kind == TaskKind.CALL)).one()
    assert "no postal address is known" in reason
    assert letters(services) == []


def test_a_message_that_was_planned_before_the_wish_for_letters_becomes_one(services: Services) -> None:
    person_id, _ = letty(services)
    with services.begin() as session:
        session.get_one(Person, person_id).preferred_channel = PreferredChannel.SMS
    clock_of(services).set(FIRST_CONTACT)
    with services.begin() as session:
        replan(session, services, [person_id], services.now())
        session.get_one(Person, person_id).preferred_channel = PreferredChannel.LETTER
    tick(services)
    assert len(letters(services)) == 1


def test_somebody_who_stopped_texts_gets_the_next_step_by_letter(services: Services) -> None:
    details = cast.another(cast.AMINA, **HOME)  # type: ignore[arg-type]
    with services.begin() as session:
        row = cast.person(session, services, details)
        cast.referral(session, services, row, date(2026, 3, 2))
        opt_out(session, Stop(Cause.REPLY, person_id=row.id), services.now(), who="the person")
    clock_of(services).set(FIRST_CONTACT)
    tick(services)
    with services.read() as session:
        assert session.scalar(select(func.count()).where(Message.state.in_(LEFT_US))) == 0
    assert len(letters(services)) == 1


def test_a_letter_that_came_back_is_no_contact_and_can_be_printed_again(services: Services) -> None:
    first_letter(services)
    name = pat(services)
    post_all(services)
    with services.begin() as session:
        staff = session.scalars(select(StaffMember).where(StaffMember.name == name)).one()
        letter = session.scalars(select(Letter)).one()
        with pytest.raises(RefusedError, match="in a few words"):
            undo_letter(session, letter, staff, services.now(), " ")
        undo_letter(session, letter, staff, services.now(), "came back: moved away")
        assert count_letters(session, services.now()).undone == 1
        print_again(session, letter, staff, services.now())
        assert count_letters(session, services.now()).to_print == 1
    assert post_all(services)


def test_large_print_is_kept_with_the_letter(services: Services) -> None:
    letty(services, format="large print")
    clock_of(services).set(FIRST_CONTACT)
    tick(services)
    post_all(services)
    assert [each.large_print for each in letters(services)] == [True]


def test_a_batch_is_posted_once(services: Services) -> None:
    first_letter(services)
    batch = post_all(services)
    assert batch
    with services.begin() as session, pytest.raises(RefusedError, match="already"):
        mark_posted(session, services, session.get_one(LetterBatch, batch.id), services.now(), "Pat Peer")


def test_the_timeline_tells_of_letters_past_and_to_come(services: Services) -> None:
    first_letter(services)
    post_all(services)
    with services.read() as session:
        referral = session.scalars(select(Referral)).one()
    lines = timeline(services, referral, services.now()).lines
    assert (lines[0].state, lines[0].channel) == ("letter posted", "letter")
    assert {line.state for line in lines[1:]} == {"will write"}


def test_two_messages_in_a_row_that_do_not_arrive_open_another_way(services: Services) -> None:
    details = cast.another(cast.AMINA, email="", **HOME)  # type: ignore[arg-type]
    with services.begin() as session:
        row = cast.person(session, services, details)
        referral = cast.referral(session, services, row, date(2026, 3, 2))
        cast.assessment(session, services, referral, date(2026, 3, 20))
    for number, on in enumerate(
        (datetime(2026, 3, 6, 10, 30, tzinfo=UTC), datetime(2026, 3, 13, 10, 30, tzinfo=UTC))
    ):
        clock_of(services).set(on)
        tick(services)
        assert open_calls_and_letters(services) == (0, 0)
        _lose_the_last(services, number)
    clock_of(services).set(datetime(2026, 3, 18, 10, 30, tzinfo=UTC))
    tick(services)
    assert open_calls_and_letters(services)[0] == 1, "the reminder two days before is rung"
    with services.read() as session:
        assert session.scalar(select(func.count()).where(Task.kind == TaskKind.KEEP_IN_TOUCH)) == 1


def open_calls_and_letters(services: Services) -> tuple[int, int]:
    with services.read() as session:
        calls = session.scalar(select(func.count()).where(Task.kind == TaskKind.CALL)) or 0
        return calls, session.scalar(select(func.count()).select_from(Letter)) or 0


def _lose_the_last(services: Services, number: int) -> None:
    """The network says that the newest message did not arrive; the simulator had said that it did."""
    with services.begin() as session:
        message = session.scalars(
            select(Message).where(Message.state.in_(LEFT_US)).order_by(Message.sending_at.desc())
        ).first()
        assert message
        message.state, message.provider_id = MessageState.SENT, f"lost-{number}"
    take_receipt(services, Receipt(f"lost-{number}", ReceiptStatus.UNDELIVERED), services.now())


def test_a_printed_letter_to_somebody_who_has_died_since_is_not_posted(services: Services) -> None:
    letter, who = first_letter(services), pat(services)
    batch = print_letters(services, services.now(), who)
    assert batch
    with services.begin() as session:
        member = session.scalars(select(StaffMember).where(StaffMember.name == who)).one()
        record_death(session, services, session.get_one(Person, letter.person_id), services.now(), who=who)
    with services.read() as session:
        assert list(not_to_post(session, services, batch.id, services.now())) == [letter.id]
    with services.begin() as session, pytest.raises(RefusedError, match="1 of these must not go"):
        mark_posted(session, services, session.get_one(LetterBatch, batch.id), services.now(), who)
    with services.begin() as session:
        undo_letter(session, session.get_one(Letter, letter.id), member, services.now(), "taken out")
        assert (
            mark_posted(session, services, session.get_one(LetterBatch, batch.id), services.now(), who) == 0
        )


def _moves(session: Session, services: Services, person: Person, _referral: Referral) -> None:
    details = person.opened(services.keyring)
    person.seal(services.keyring, cast.another(details, address=("9 New Street",), postcode="ZZ99 3AB"))  # type: ignore[arg-type]


def _do_not_contact(_session: Session, services: Services, person: Person, _referral: Referral) -> None:
    person.do_not_contact_since = services.now()


def _leaves(_session: Session, _services: Services, _person: Person, referral: Referral) -> None:
    referral.stage, referral.closed_on = Stage.CLOSED, date(2026, 3, 5)


def _everything_is_paused(session: Session, services: Services, _person: Person, _referral: Referral) -> None:
    pause_sending(session, services.now(), who="Pat Peer", why="looking into something")


@pytest.mark.parametrize("comes_between", [_moves, _do_not_contact, _leaves, _everything_is_paused])
def test_what_comes_between_printing_and_posting_keeps_a_letter_back(
    services: Services, comes_between: Callable[[Session, Services, Person, Referral], None]
) -> None:
    letter = first_letter(services)
    batch = print_letters(services, services.now(), "Pat Peer")
    assert batch
    with services.begin() as session:
        referral = session.scalars(select(Referral)).one()
        comes_between(session, services, session.get_one(Person, letter.person_id), referral)
    with services.begin() as session, pytest.raises(RefusedError, match="1 of these must not go"):
        mark_posted(session, services, session.get_one(LetterBatch, batch.id), services.now(), "Pat Peer")
    assert [each.posted_at for each in letters(services)] == [None]


@both_databases
def test_of_two_who_press_posted_at_once_one_is_told_that_it_was_done(services: Services) -> None:
    first_letter(services)
    batch = print_letters(services, services.now(), "Pat Peer")
    assert batch
    both_have_looked = Barrier(2)

    def press(who: str) -> bool:
        with services.begin() as session:
            row = session.get_one(LetterBatch, batch.id)
            if session.get_bind().dialect.name == "postgresql":  # SQLite lets one begin after the other
                both_have_looked.wait(10)
            try:
                return mark_posted(session, services, row, services.now(), who) == 1
            except RefusedError:
                return False

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(press, ("Pat Peer", "Kim"))) == [False, True]
