"""What a killed sender had claimed or begun: planned again where it never left, left alone where it may have."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from outreach.actions.claim import Claim, claim_due, give_back
from outreach.actions.notice_restore import notice_restore, settle_here
from outreach.actions.opt_out import Stop, opt_out
from outreach.actions.record import Result, record
from outreach.actions.send import begin_sending
from outreach.actions.take_over import take_over
from outreach.engines.jobs import tick
from outreach.journal import journals_beside
from outreach.models import Attempt, Message
from outreach.ports import Outcome, Verdict
from outreach.services import Services
from outreach.vocabulary import Cause, MessageState
from tests.crowd import FIRST_CONTACT, first_texts_due
from tests.house import clock_of
from tests.senders import ScriptedTexts, soon


@pytest.fixture
def due(services: Services, tmp_path: Path) -> Services:
    """First contacts of two people are due now, both as texts, and senders keep journals."""
    first_texts_due(services, 2)
    journals = journals_beside(tmp_path / "keyring.json", services.config.database.url)
    if not journals.can_be_kept:
        pytest.skip("no journal can be believed on this machine's disk")
    return replace(services, journals=journals, texts=ScriptedTexts(soon))


def dies(services: Services, *, begun: int, handed_over: int) -> tuple[Claim, list[str]]:
    """A sender that claimed what is due, began some, was about to hand over some, and was killed; its attempts."""
    with (
        suppress(ConnectionError),
        services.journals.begin(notice_restore(services, services.now())) as journal,
    ):
        claim = claim_due(services, services.now())
        journal.claims(claim.token)
        handovers = begin_sending(services, claim, claim.message_ids[:begun], services.now())
        for each in handovers[:handed_over]:
            journal.hands_over(each.attempt_id)
        raise ConnectionError
    return claim, [each.attempt_id for each in handovers]


def states(services: Services, claim: Claim) -> list[MessageState]:
    """Those of what was claimed, in its order."""
    with services.read() as session:
        return [session.get_one(Message, each).state for each in claim.message_ids]


def test_what_was_begun_and_never_handed_over_goes_out_once_and_the_rest_is_never_sent_again(
    due: Services,
) -> None:
    claim, attempts = dies(due, begun=2, handed_over=1)
    assert states(due, claim) == [MessageState.SENDING, MessageState.SENDING]
    assert tick(due).swept.taken_over == 1
    assert states(due, claim) == [MessageState.SENDING, MessageState.SENT]
    clock_of(due).forward(hours=2)
    tick(due)
    assert states(due, claim) == [MessageState.UNCONFIRMED, MessageState.SENT]
    assert isinstance(due.texts, ScriptedTexts)
    assert len(due.texts.handed_over) == 1
    with due.read() as session:
        lost = session.get_one(Attempt, attempts[1])
    assert (lost.verdict, lost.finished_at) == ("not_processed", FIRST_CONTACT)
    assert lost.reason == "not taken: the program was interrupted before the provider had it"


def test_what_the_provider_answered_and_nobody_recorded_is_known_all_the_same(due: Services) -> None:
    with suppress(ConnectionError), due.journals.begin(notice_restore(due, due.now())) as journal:
        claim = claim_due(due, due.now())
        journal.claims(claim.token)
        one, two = begin_sending(due, claim, claim.message_ids, due.now())
        journal.hands_over(one.attempt_id)
        journal.hands_over(two.attempt_id)
        journal.accepted(one.attempt_id, "SM1")
        journal.not_taken(two.attempt_id)
        raise ConnectionError
    assert take_over(due, due.now()) == 1
    assert states(due, claim) == [MessageState.SENT, MessageState.PLANNED]
    with due.read() as session:
        sent = session.get_one(Message, claim.message_ids[0])
    assert (sent.provider_id, sent.sent_at) == ("SM1", FIRST_CONTACT)


def test_what_was_claimed_and_not_begun_does_not_wait_for_the_lease_to_end(due: Services) -> None:
    claim, _ = dies(due, begun=1, handed_over=1)
    assert take_over(due, due.now()) == 1
    assert states(due, claim) == [MessageState.SENDING, MessageState.PLANNED]


def test_once_taken_over_nothing_under_that_claim_can_ever_be_given_back(due: Services) -> None:
    claim, _ = dies(due, begun=2, handed_over=2)
    assert take_over(due, due.now()) == 0
    assert give_back(due, claim.token, [], due.now()) == 0
    assert states(due, claim) == [MessageState.SENDING, MessageState.SENDING]


def test_what_came_of_an_attempt_stands(due: Services) -> None:
    with suppress(ConnectionError), due.journals.begin(notice_restore(due, due.now())) as journal:
        claim = claim_due(due, due.now())
        journal.claims(claim.token)
        one, two = begin_sending(due, claim, claim.message_ids, due.now())
        record(
            due,
            [Result(one, Outcome(Verdict.UNKNOWN)), Result(two, Outcome(Verdict.ACCEPTED, "SM1"))],
            due.now(),
        )
        raise ConnectionError
    assert take_over(due, due.now()) == 0
    assert states(due, claim) == [MessageState.SENDING, MessageState.SENT]


def test_a_stop_between_the_death_and_the_taking_over_is_respected(due: Services) -> None:
    claim, _ = dies(due, begun=2, handed_over=0)
    with due.begin() as session:
        person_id = session.get_one(Message, claim.message_ids[0]).person_id
        opt_out(session, Stop(Cause.STAFF, person_id=person_id), due.now(), who="Grace")
    tick(due)
    assert MessageState.CANCELLED in states(due, claim)
    assert isinstance(due.texts, ScriptedTexts)
    assert len(due.texts.handed_over) == 1


def test_a_sender_that_lives_keeps_what_it_has(due: Services) -> None:
    with due.journals.begin(notice_restore(due, due.now())) as journal:
        claim = claim_due(due, due.now())
        journal.claims(claim.token)
        begin_sending(due, claim, claim.message_ids[:1], due.now())
        assert take_over(due, due.now()) == 0
        assert states(due, claim) == [MessageState.SENDING, MessageState.CLAIMED]


def test_a_journal_of_another_database_is_not_concluded_from(due: Services, tmp_path: Path) -> None:
    claim, _ = dies(due, begun=2, handed_over=1)
    other = replace(due, journals=journals_beside(tmp_path / "keyring.json", "sqlite:///another.sqlite3"))
    assert take_over(other, due.now()) == 0
    assert take_over(due, due.now()) == 1
    assert states(due, claim) == [MessageState.SENDING, MessageState.PLANNED]


def test_nothing_is_concluded_about_a_database_that_was_put_back_meanwhile(due: Services) -> None:
    claim, _ = dies(due, begun=2, handed_over=1)
    settle_here(due, due.now(), "Grace, after a restore")
    assert take_over(due, due.now()) == 0
    assert states(due, claim) == [MessageState.SENDING, MessageState.SENDING]
