"""Words of messages change by new versions only and need a second person; no draft ever serves."""

import threading
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.approve_template import approve_template
from outreach.actions.revise_template import NewWords, revise_template, roll_back_template
from outreach.errors import ConflictError, NotFoundError, OutreachError, RefusedError, WordingError
from outreach.models import Event, StaffMember, TemplateVersion
from outreach.models.template import (
    MACHINE_DRAFT,
    SHIPPED,
    answer_versions,
    newest_versions,
    usable_versions,
    version_numbered,
    versions_of,
)
from outreach.services import Services
from outreach.vocabulary import Channel, Role
from tests import cast
from tests.both import both_databases

KEY = "answers/thanks"
NEW_WORDS = "{{ text_name }}: Thank you for writing. To speak to us, ring {{ phone }}.\n"


def words(source: str = NEW_WORDS, base: int = 1, language: str = "en", key: str = KEY) -> NewWords:
    return NewWords(key, language, Channel.SMS, source, base)


def revised(services: Services, new: NewWords, author: str = "Ada Admin") -> TemplateVersion:
    with services.begin() as session:
        return revise_template(session, services, new, services.now(), author=author)


def somebody(session: Session, services: Services, role: Role, name: str = "Lee Lead") -> StaffMember:
    return cast.staff(session, services, name, role)


def served(services: Services, language: str = "en", *, live: bool = True) -> int | None:
    with services.read() as session:
        version = usable_versions(session, needs_approval=live).get((KEY, language, Channel.SMS))
        return version.version if version else None


def test_new_words_are_a_draft_until_a_second_person_approves_them(services: Services) -> None:
    draft = revised(services, words())
    assert (draft.version, served(services), served(services, live=False)) == (2, None, 1)
    with services.begin() as session:
        lead = somebody(session, services, Role.PEER_LEAD)
        approve_template(session, services, draft, lead, services.now())
    assert served(services) == served(services, live=False) == 2
    with services.read() as session:
        assert [each.version for each in versions_of(session, KEY, "en", Channel.SMS)] == [2, 1]
        query = select(Event.verb, Event.who).where(Event.subject_id == draft.id).order_by(Event.id)
        told = session.execute(query).all()
    assert told == [("revised", "Ada Admin"), ("approved", "Lee Lead")]


@pytest.mark.parametrize(
    ("role", "name", "why"),
    [
        (Role.ADMIN, "ada  ADMIN", "second person"),
        (Role.PEER_WORKER, "Pat Peer", "approves templates"),
        (Role.ANALYST, "Ann Analyst", "approves templates"),
    ],
)
def test_neither_its_author_nor_somebody_without_that_role_can_approve(
    sqlite_services: Services, role: Role, name: str, why: str
) -> None:
    draft = revised(sqlite_services, words())
    with pytest.raises(RefusedError, match=why), sqlite_services.begin() as session:
        approve_template(
            session,
            sqlite_services,
            draft,
            somebody(session, sqlite_services, role, name),
            sqlite_services.now(),
        )
    assert served(sqlite_services) is None


def test_approving_twice_is_approving_once(sqlite_services: Services) -> None:
    draft = revised(sqlite_services, words())
    with sqlite_services.begin() as session:
        lead = somebody(session, sqlite_services, Role.PEER_LEAD)
        first = approve_template(session, sqlite_services, draft, lead, sqlite_services.now())
        assert approve_template(session, sqlite_services, draft, lead, sqlite_services.now()) is first


def test_who_saves_second_is_told_of_the_first_and_saves_again_on_top(sqlite_services: Services) -> None:
    revised(sqlite_services, words())
    with pytest.raises(ConflictError, match="Ada Admin saved version 2") as conflict:
        revised(sqlite_services, words("{{ text_name }}: Thanks. Ring {{ phone }}."), "Abe Admin")
    assert conflict.value.newest == 2
    mine = words("{{ text_name }}: Thanks. Ring {{ phone }}.", base=conflict.value.newest)
    assert revised(sqlite_services, mine, "Abe Admin").version == 3


@both_databases
def test_two_who_save_at_the_same_moment_get_one_version_and_one_refusal(services: Services) -> None:
    came: list[str] = []
    ready = threading.Barrier(2)

    def save(who: str) -> None:
        ready.wait()
        try:
            revised(services, words(f"{{{{ text_name }}}}: Thanks, {who}. Ring {{{{ phone }}}}."), who)
            came.append("saved")
        except ConflictError:
            came.append("told")

    both = [threading.Thread(target=save, args=(who,)) for who in ("Ada", "Abe")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(came) == ["saved", "told"]
    with services.read() as session:
        assert version_numbered(session, KEY, "en", Channel.SMS).version == 2


@pytest.mark.parametrize(
    ("new", "error", "says"),
    [
        (
            words("{{ text_name }}: You failed to attend. Ring {{ phone }}."),
            WordingError,
            r"answers/thanks \(en, sms\)",
        ),
        (words("{{ text_name }}: {{ nonsense }} {{ phone }}"), WordingError, "no variable nonsense"),
        (words("{{ text_name }}: {{ ''.__class__ }} {{ phone }}"), WordingError, "not allowed"),
        (words(key="answers/nothing-such", base=0), NotFoundError, "no English template"),
    ],
)
def test_words_that_break_a_rule_are_refused_with_the_place_and_nothing_is_stored(
    sqlite_services: Services, new: NewWords, error: type[OutreachError], says: str
) -> None:
    with pytest.raises(error, match=says):
        revised(sqlite_services, new)
    with sqlite_services.read() as session:
        assert version_numbered(session, KEY, "en", Channel.SMS).version == 1


@pytest.mark.parametrize("author", ["", "  ", "shipped", "Machine Draft"])
def test_words_need_a_person_who_wrote_them(sqlite_services: Services, author: str) -> None:
    with pytest.raises(RefusedError, match="name who wrote"):
        revised(sqlite_services, words(), author)


def test_the_same_words_make_no_new_version_whatever_ends_their_lines(sqlite_services: Services) -> None:
    with sqlite_services.read() as session:
        shipped = version_numbered(session, KEY, "en", Channel.EMAIL).source
    same = NewWords(KEY, "en", Channel.EMAIL, shipped.replace("\n", "\r\n").rstrip(), 1)
    assert revised(sqlite_services, same).version == 1


def test_rolling_back_is_a_new_version_with_the_old_words(sqlite_services: Services) -> None:
    revised(sqlite_services, words())
    with sqlite_services.begin() as session:
        first = version_numbered(session, KEY, "en", Channel.SMS, 1)
        again = roll_back_template(
            session, sqlite_services, first, sqlite_services.now(), base=2, author="Ada Admin"
        )
    assert (again.version, again.source) == (3, first.source)


@pytest.mark.parametrize("live", [True, False])
def test_no_draft_in_another_language_ever_serves_with_any_provider(
    sqlite_services: Services, live: bool
) -> None:
    with sqlite_services.read() as session:
        newest = newest_versions(session)
        usable = usable_versions(session, needs_approval=live)
        answers = answer_versions(session, KEY)
    assert {version.author for version in newest.values() if version.language == "en"} == {SHIPPED}
    assert {version.author for version in newest.values() if version.language != "en"} <= {MACHINE_DRAFT}
    assert {language for _, language, _ in [*usable, *answers]} <= {"en"}


def test_a_translation_serves_once_somebody_named_has_read_it_in_their_own_language(
    services: Services,
) -> None:
    draft = revised(
        services,
        words("{{ text_name }}: شکریہ۔ {{ phone }}", base=_newest(services, "ur"), language="ur"),
        "Tariq",
    )
    assert served(services, "ur", live=False) is None
    with services.begin() as session:
        lead = somebody(session, services, Role.CLINICIAN)
        approval = approve_template(
            session, services, draft, lead, services.now(), native_speaker=" Samina  Native "
        )
    assert (approval.who, approval.native_speaker) == ("Lee Lead", "Samina Native")
    assert served(services, "ur") == served(services, "ur", live=False) == draft.version


def _newest(services: Services, language: str) -> int:
    with services.read() as session:
        return next((each.version for each in versions_of(session, KEY, language, Channel.SMS)), 0)


def test_english_words_name_no_native_speaker(sqlite_services: Services) -> None:
    with sqlite_services.begin() as session:
        shipped = version_numbered(session, KEY, "en", Channel.SMS)
        approval = approve_template(
            session,
            sqlite_services,
            shipped,
            somebody(session, sqlite_services, Role.ADMIN),
            sqlite_services.now(),
        )
    assert (approval.who, approval.native_speaker) == ("Lee Lead", None)
    assert approval.at.date() == date(2026, 3, 2)
