"""Commands about one person's messages, and about stopping and resuming all of them."""

from typing import Annotated

import typer

from outreach.actions.own_link import new_link, revoke_links
from outreach.actions.pause import open_pause, pause_sending, resume_sending
from outreach.actions.record_death import record_death, undo_death
from outreach.actions.staff import hands_on
from outreach.actions.wishes import start_as_told, stop_as_told
from outreach.app import wire
from outreach.cli_staff import read_day
from outreach.models import Person
from outreach.models.event import note
from outreach.models.referral import referral_called
from outreach.vocabulary import Channel, Purpose

person = typer.Typer(help="What one person gets.", no_args_is_help=True)

ReferralId = Annotated[str, typer.Argument(help="As in the waiting list.")]
By = Annotated[str, typer.Option("--by", help="Your name, as in `outreach staff list`.")]
Why = Annotated[str, typer.Option("--why", help="In a few words, without personal data.")]
OfSchedule = Annotated[str | None, typer.Option("--schedule", help="Only this schedule.")]
OfStep = Annotated[str | None, typer.Option("--step", help="Only this step of it.")]


@person.command("opt-out")
def person_opt_out(
    referral_id: ReferralId,
    by: By,
    why: Why,
    channel: Annotated[Channel | None, typer.Option(help="Only texts or only emails.")] = None,
    purpose: Annotated[Purpose | None, typer.Option(help="Only messages of this kind.")] = None,
) -> None:
    """Stop what somebody no longer wants; their place on the waiting list stays the same."""
    services = wire()
    with services.begin() as session:
        referral, staff = referral_called(session, referral_id), hands_on(session, by)
        stop_as_told(
            session, services, referral, staff, now=services.now(), why=why, channel=channel, purpose=purpose
        )
    typer.echo("Stopped, and what was queued is withdrawn. Their place on the waiting list stays the same.")
    if purpose is None:
        typer.echo("A task asks the team to agree another way to keep in touch.")


@person.command("opt-in")
def person_opt_in(referral_id: ReferralId, by: By, why: Why) -> None:
    """Start again what somebody had stopped and now wants."""
    services = wire()
    with services.begin() as session:
        referral, staff = referral_called(session, referral_id), hands_on(session, by)
        undone = start_as_told(session, services, referral, staff, now=services.now(), why=why)
    typer.echo("Started again." if undone else "Nothing was stopped; nothing was changed.")
    if undone:
        typer.echo("If they texted STOP themselves, their network blocks us until they text START.")


@person.command("died")
def person_died(
    referral_id: ReferralId, by: By, on: Annotated[str, typer.Option(help="The day, where it is known.")] = ""
) -> None:
    """Record a death: everything is withdrawn at once."""
    services, day = wire(), read_day(on) if on else None
    with services.begin() as session:
        who = session.get_one(Person, referral_called(session, referral_id).person_id)
        record_death(session, services, who, services.now(), who=hands_on(session, by).name, on=day)
    typer.echo("Recorded. Nothing more is sent, and what was queued is withdrawn.")


@person.command("undo-death")
def person_undo_death(
    referral_id: ReferralId,
    by: By,
    with_: Annotated[str, typer.Option("--with", help="A second member of staff.")],
    why: Why,
) -> None:
    """Take back a death recorded by mistake; two people do it together."""
    services = wire()
    with services.begin() as session:
        who = session.get_one(Person, referral_called(session, referral_id).person_id)
        first, second = hands_on(session, by), hands_on(session, with_)
        undo_death(session, services, who, services.now(), who=first.name, with_=second.name, why=why)
    typer.echo("Taken back; messages are planned again.")


@person.command("link")
def person_link(referral_id: ReferralId, by: By) -> None:
    """Make a link to somebody's own page, to give to nobody but them."""
    services = wire()
    with services.begin() as session:
        staff, whose = hands_on(session, by), referral_called(session, referral_id).person_id
        link, address = new_link(services, whose, services.now(), "staff")
        session.add(link)
        note(session, services.now(), staff.name, "made a page link", link)
    typer.echo(address)


@person.command("revoke-links")
def person_revoke_links(referral_id: ReferralId, by: By) -> None:
    """Make every link to somebody's own page useless."""
    services = wire()
    with services.begin() as session:
        staff, whose = hands_on(session, by), referral_called(session, referral_id).person_id
        ended = revoke_links(session, whose, services.now(), who=staff.name)
    typer.echo(f"{ended} links no longer work." if ended else "There was no link that still worked.")


def pause(by: By, why: Why, schedule: OfSchedule = None, step: OfStep = None) -> None:
    """Pause all sending, a schedule, or one step; answers to people who write still go."""
    services = wire()
    with services.begin() as session:
        who = hands_on(session, by).name
        pause_sending(session, services.now(), who=who, why=why, schedule=schedule, step=step)
    typer.echo(f"{_what(schedule, step).capitalize()} is paused.")


def resume(by: By, why: Why, schedule: OfSchedule = None, step: OfStep = None) -> None:
    """End a pause; what it held goes on by itself if its time has not passed."""
    services = wire()
    with services.begin() as session:
        who = hands_on(session, by).name
        standing = open_pause(session, schedule=schedule, step=step)
        resume_sending(session, standing, services.now(), who=who, why=why)
    typer.echo(f"{_what(schedule, step).capitalize()} goes on.")


def _what(schedule: str | None, step: str | None) -> str:
    named = [f"schedule {schedule}"] if schedule else []
    named += [f"step {step}"] if step else []
    return ", ".join(named) or "all sending"
