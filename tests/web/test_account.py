"""One's own sign-in: changing the password, recovery codes, other devices."""

from outreach.actions.accounts import passwords
from outreach.models import Account
from outreach.models.base import new_id
from outreach.models.sign_in import account_of
from outreach.vocabulary import Role
from tests.web.site import Browser, Site, text_of

OLD, NEW = "seven quiet herons", "eleven brown kettles"


def _with_account(site: Site) -> Browser:
    client = site.signed_in(Role.PEER_WORKER)
    with site.services.begin() as session:
        member = site.member(session, Role.PEER_WORKER)
        hashed = passwords(site.services).hashed(OLD)
        now = site.services.now()
        session.add(
            Account(id=new_id(), staff_id=member.id, password_hash=hashed, enrolled_at=now, created_at=now)
        )
    return client


def _change(client: Browser, **typed: str) -> str:
    answer = client.send(
        "/account/password", {"old": OLD, "password": NEW, "again": NEW, **typed}, follow_redirects=True
    )
    return text_of(answer)


def test_a_new_password_ends_every_other_session(site: Site) -> None:
    here, elsewhere = _with_account(site), site.signed_in(Role.PEER_WORKER)
    assert "Your password is changed" in _change(here)
    assert here.get("/today").status_code == 200
    assert elsewhere.get("/today").status_code == 302
    with site.services.read() as session:
        account = account_of(session, site.member(session, Role.PEER_WORKER).id)
        assert account is not None
        assert passwords(site.services).is_right(account.password_hash, NEW)


def test_it_takes_the_present_one_and_one_that_is_hard_to_guess(site: Site) -> None:
    client = _with_account(site)
    assert "not your present password" in _change(client, old="something else")
    assert "at least 12 characters" in _change(client, password="short", again="short")
    assert "same password twice" in _change(client, again="another one here")
    with site.services.read() as session:
        account = account_of(session, site.member(session, Role.PEER_WORKER).id)
        assert account is not None
        assert passwords(site.services).is_right(account.password_hash, OLD)


def test_new_codes_are_shown_once(site: Site) -> None:
    client = _with_account(site)
    page = client.send("/account/codes").text
    assert page.count("<li>") >= 10
    assert "10 of your recovery codes are unused" in text_of(client.get("/account/"))


def test_signing_out_everywhere_else_leaves_this_device(site: Site) -> None:
    here, elsewhere = _with_account(site), site.signed_in(Role.PEER_WORKER)
    assert "Sign out everywhere else" in here.get("/account/").text
    here.send("/account/others")
    assert here.get("/today").status_code == 200
    assert elsewhere.get("/today").status_code == 302


def test_without_an_account_there_is_nothing_to_change(site: Site) -> None:
    client = site.signed_in(Role.ADMIN)
    assert "Change the password" not in client.get("/account/").text
    assert client.send("/account/codes").status_code == 404
