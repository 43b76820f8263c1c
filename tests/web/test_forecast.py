"""The forecast as a page: asked for by those who lead, made by a job, read by everybody."""

from outreach.actions.forecast_runs import make_forecasts
from outreach.vocabulary import Role
from tests import cast
from tests.web.conftest import Live
from tests.web.looks import assert_accessible
from tests.web.site import Site, text_of


def test_a_forecast_is_asked_for_and_shown_once_it_is_made(site: Site) -> None:
    cast.amina(site.services)
    lead, peer = site.signed_in(Role.PEER_LEAD), site.signed_in(Role.PEER_WORKER)
    assert "No forecast has been made yet" in text_of(peer.get("/forecast/"))
    assert peer.send("/forecast/").status_code == 403
    assert lead.send("/forecast/").status_code == 302
    assert "A new forecast is being made" in text_of(lead.get("/forecast/"))
    make_forecasts(site.services, site.services.now())
    page = text_of(peer.get("/forecast/"))
    assert "from 1 person on the list" in page
    assert "Week by week" in page


def test_the_forecast_is_accessible_on_a_desk_and_on_a_phone(live: Live) -> None:
    cast.amina(live.site.services)
    live.site.signed_in(Role.PEER_LEAD).send("/forecast/")
    make_forecasts(live.site.services, live.site.services.now())
    for phone in (False, True):
        page = live.visit(Role.PEER_LEAD, phone=phone)
        page.goto("/forecast/")
        assert_accessible(page)
