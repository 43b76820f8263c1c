"""Commands about the team: who works here, when, and who is on duty."""

import json
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from outreach.actions.accounts import invite
from outreach.actions.staff import (
    WEEKDAYS,
    Filled,
    NewMember,
    OnDuty,
    add_leave,
    add_member,
    fill_rota,
    member_called,
    member_records,
    rota,
    set_hours,
)
from outreach.app import wire
from outreach.errors import DateError, RefusedError
from outreach.models import StaffMember
from outreach.rules.dates import read_date
from outreach.rules.hours import Span, read_span
from outreach.services import Services
from outreach.vocabulary import Role

staff = typer.Typer(help="Who works here, and when.", no_args_is_help=True)
duty = typer.Typer(help="Who reads replies, and which clinician is there, day by day.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A member of staff, as in `outreach staff list`.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Day = Annotated[str, typer.Argument(help="A day, such as 2026-12-01 or 1-Dec-2026.")]

WHO = "a command"
"""In the audit trail: whoever may run commands on this machine."""

SHOWN_DAYS = 28


@staff.command("add")
def staff_add(
    name: Annotated[str, typer.Argument(help="The name everyone here knows them by.")],
    *,
    role: Annotated[Role, typer.Option(help="What they do here.")],
    email: Annotated[str, typer.Option(help="Where alerts are emailed.")] = "",
    mobile: Annotated[str, typer.Option(help="Where alerts are texted.")] = "",
    language: Annotated[list[str] | None, typer.Option(help="A language they speak, such as pl.")] = None,
    background: Annotated[list[str] | None, typer.Option(help="A background they choose to share.")] = None,
) -> None:
    """Add a member of staff, and make a link for them to set up their sign-in."""
    services = wire()
    new = NewMember(name, role, email, mobile, language or (), background or ())
    with services.begin() as session:
        member = add_member(session, new, services.now(), who=WHO)
        link = invite(session, services, member, services.now(), who=WHO)
    typer.echo(f"{member.name} is on the staff now ({member.role.value.replace('_', ' ')}).")
    _tell_link(services, member.name, link)
    if role is Role.PEER_WORKER:
        typer.echo(f'Next: outreach staff hours "{member.name}" mon 09:30-15:30')


@staff.command("link")
def staff_link(name: Name) -> None:
    """Make a new link to set up a sign-in; the old password, phone and sessions stop working at once."""
    services = wire()
    with services.begin() as session:
        member = member_called(session, name)
        link = invite(session, services, member, services.now(), who=WHO)
    _tell_link(services, member.name, link)


def _tell_link(services: Services, name: str, link: str) -> None:
    hours = services.config.sign_in.link_hours
    typer.echo(f"{name} sets up their sign-in here, once, within {hours} hours:\n{link}")


@staff.command("list")
def staff_list(as_json: AsJson = False) -> None:
    """Everyone who works here, with their hours."""
    with wire().read() as session:
        records = member_records(session)
    if as_json:
        for record in records:
            typer.echo(json.dumps(record, ensure_ascii=False))
        return
    table = Table("name", "role", "hours", "languages", "backgrounds")
    for record in records:
        lists = (record["hours"], record["languages"], record["backgrounds"])
        table.add_row(str(record["name"]), str(record["role"]), *(_listed(each) for each in lists))
    Console().print(table)


def _listed(values: object) -> str:
    return ", ".join(values) if isinstance(values, list) else ""


@staff.command("hours")
def staff_hours(
    name: Name,
    week: Annotated[list[str], typer.Argument(help="mon 09:30-15:30 wed 09:30-12:00 13:00-15:30 fri off")],
) -> None:
    """Set the hours of the weekdays you name; the others stay as they are."""
    services, hours = wire(), read_week(week)
    with services.begin() as session:
        member = member_called(session, name)
        set_hours(session, member, hours, services.now(), who=WHO)
        session.flush()
        (record,) = [each for each in member_records(session) if each["id"] == member.id]
    typer.echo(f"{member.name} works {_listed(record['hours']) or 'no hours'}.")


def read_week(words: list[str]) -> dict[int, list[Span]]:
    """The hours by weekday (Monday 0) from words such as `mon 09:30-12:00 13:00-15:30 fri off`."""
    week: dict[int, list[Span]] = {}
    weekday: int | None = None
    for word in (each.strip(",").lower() for each in words):
        if word[:3] in WEEKDAYS and word.isalpha():
            weekday = WEEKDAYS.index(word[:3])
            week[weekday] = []
        elif weekday is None:
            raise RefusedError("begin with a weekday, such as: mon 09:30-15:30")
        elif word != "off":
            week[weekday].append(read_span(word))
    return week


@staff.command("leave")
def staff_leave(
    name: Name, first: Day, last: Annotated[str, typer.Argument(help="The last day away.")] = ""
) -> None:
    """Record days away, the first and the last included."""
    services = wire()
    begins = read_day(first)
    ends = read_day(last) if last else begins
    with services.begin() as session:
        member = member_called(session, name)
        uncovered = add_leave(session, member, begins, ends, services.now(), who=WHO)
    day_name = services.calendar.day_name
    typer.echo(f"{member.name} is away from {day_name(begins)} to {day_name(ends)}.")
    for day in uncovered:
        typer.echo(f"They are on duty on {day_name(day)}: outreach duty set {day} names somebody else.")


@duty.command("set")
def duty_set(
    day: Day,
    reader: Annotated[str, typer.Option(help="Who reads replies.")],
    clinician: Annotated[str, typer.Option(help="Who is there for a possible crisis.")],
    deputy: Annotated[str, typer.Option(help="Which clinician steps in after an hour.")] = "",
    weeks: Annotated[
        int, typer.Option(min=0, max=26, help="Every working day for so many weeks, not this day only.")
    ] = 0,
) -> None:
    """Say who is on duty on a day, or on every working day for some weeks."""
    services, first = wire(), read_day(day)
    with services.begin() as session:
        on_duty = OnDuty(
            member_called(session, reader), member_called(session, clinician), _perhaps(session, deputy)
        )
        filled = fill_rota(session, services.calendar, first, on_duty, services.now(), who=WHO, weeks=weeks)
    _tell(services, filled)


def _perhaps(session: Session, name: str) -> StaffMember | None:
    return member_called(session, name) if name else None


def _tell(services: Services, filled: Filled) -> None:
    day_name = services.calendar.day_name
    if len(filled.days) == 1:
        typer.echo(f"Set for {day_name(filled.days[0])}.")
    else:
        days = f"{day_name(filled.days[0])} to {day_name(filled.days[-1])}"
        typer.echo(f"Set for {len(filled.days)} working days, {days}.")
    for day, name in filled.left_out:
        typer.echo(f"Left out {day_name(day)}: {name} is on leave.")


@duty.command("show")
def duty_show() -> None:
    """The next four weeks; a day without a reader is one on which no text inviting an answer goes out."""
    services = wire()
    with services.read() as session:
        days = rota(session, services.calendar, services.calendar.day_of(services.now()), SHOWN_DAYS)
    table = Table("day", "reader", "clinician", "deputy")
    for day, names in days:
        table.add_row(services.calendar.day_name(day), *(name or "–" for name in names))
    Console().print(table)


def read_day(words: str) -> date:
    """A day as people write it; RefusedError that says how to."""
    try:
        return read_date(words)
    except DateError as fault:
        raise RefusedError(f"{words!r}: {fault}") from None
