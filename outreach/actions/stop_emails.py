"""Stops emails to an address whose owner stopped them, or marked one as spam, at the email provider."""

from datetime import datetime

from outreach.actions.keep_in_touch import agree_another_way
from outreach.actions.opt_out import Stop, opt_out, standing
from outreach.models.person import people_by
from outreach.services import Services
from outreach.vocabulary import Cause, Channel


def stop_emails(services: Services, address: str, now: datetime) -> None:
    """Bind the address, and the person where exactly one has it; told again, it changes nothing."""
    keyring = services.keyring
    with services.begin() as session:
        whose = people_by(session, keyring, "email", address)
        stop = Stop(
            Cause.EMAIL_PROVIDER,
            person_id=whose[0] if len(whose) == 1 else None,
            address_token=keyring.blind("email", address),
            channel=Channel.EMAIL,
        )
        known = standing(session, stop)
        row = opt_out(session, stop, now, who="the provider", concerning=whose)
        if stop.person_id and known is None:
            agree_another_way(session, services, stop.person_id, row, now)
