"""Commands for the day's work: tasks and replies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from outreach.actions import hand_off, worry
from outreach.actions.read_reply import attach, mark_read, reply_called
from outreach.actions.staff import hands_on
from outreach.app import wire
from outreach.cli_staff import read_day
from outreach.models import StaffMember, Task
from outreach.models.referral import referral_called
from outreach.services import Services
from outreach.vocabulary import TaskState, TryResult

task = typer.Typer(help="One piece of work.", no_args_is_help=True)
reply = typer.Typer(help="One reply.", no_args_is_help=True)

TaskId = Annotated[str, typer.Argument(help="As in `outreach tasks --json`.")]
ReplyId = Annotated[str, typer.Argument(help="As in `outreach replies --json`.")]
By = Annotated[str, typer.Option("--by", help="Your name, as in `outreach staff list`.")]


@dataclass(frozen=True, slots=True)
class AtWork:
    """One member of staff with one task, inside one transaction."""

    session: Session
    services: Services
    task: Task
    staff: StaffMember
    now: datetime


@contextmanager
def _at_work(task_id: str, by: str) -> Iterator[AtWork]:
    services = wire()
    with services.begin() as session:
        staff = hands_on(session, by)
        yield AtWork(session, services, hand_off.task_called(session, task_id), staff, services.now())


@task.command("claim")
def task_claim(task_id: TaskId, by: By) -> None:
    """Take a task; when two try at once, one has it and the other is told who."""
    with _at_work(task_id, by) as at:
        hand_off.claim(at.session, at.task, at.staff, at.now)
    typer.echo(f"{at.staff.name} has this task.")


@task.command("acknowledge")
def task_acknowledge(task_id: TaskId, by: By) -> None:
    """Say that you are on it: the alerts stop."""
    with _at_work(task_id, by) as at:
        hand_off.acknowledge(at.session, at.task, at.staff, at.now)
    typer.echo(f"Acknowledged by {at.task.acknowledged_by}; the alerts have stopped.")


@task.command("try")
def task_try(
    task_id: TaskId,
    by: By,
    result: Annotated[TryResult, typer.Option(help="How the call ended.")],
    words: Annotated[
        str, typer.Option("--note", help="What the next caller should know; it is sealed.")
    ] = "",
) -> None:
    """Record one try to reach the person."""
    with _at_work(task_id, by) as at:
        hand_off.record_try(
            at.session, at.services, at.task, at.staff, now=at.now, result=result, words=words
        )
        days = hand_off.days_tried(at.session, at.services, at.task)
    if at.task.state is TaskState.CLOSED:
        typer.echo(
            "Three days in vain: the task is closed as could not reach; a kind text follows if one may."
        )
    else:
        typer.echo(f"Noted. Tried in vain on {days} of {hand_off.TRIES} days." if days else "Noted.")


@task.command("close")
def task_close(
    task_id: TaskId,
    by: By,
    outcome: Annotated[str, typer.Option(help="How it ended, in a few words and without personal data.")],
    quiet_until: Annotated[str, typer.Option(help="No check-ins until this day.")] = "",
) -> None:
    """End a task and let go of the messages it held."""
    quiet = read_day(quiet_until) if quiet_until else None
    with _at_work(task_id, by) as at:
        hand_off.close(at.session, at.task, at.staff, at.now, hand_off.Outcome(outcome, quiet))
    typer.echo("Closed." + (f" No check-ins until {at.services.calendar.day_name(quiet)}." if quiet else ""))


@task.command("transfer")
def task_transfer(
    task_id: TaskId,
    by: By,
    to: Annotated[str, typer.Option(help="Who takes it over.")],
    words: Annotated[str, typer.Option("--note", help="What they should know; it is sealed.")],
) -> None:
    """Pass a task on with a note."""
    with _at_work(task_id, by) as at:
        taker = hands_on(at.session, to)
        hand_off.transfer(at.session, at.services, at.task, at.staff, to=taker, now=at.now, words=words)
    typer.echo(f"{taker.name} has this task.")


@task.command("hand-back")
def task_hand_back(task_id: TaskId, by: By) -> None:
    """Hand a task back to everyone; no reason is needed."""
    with _at_work(task_id, by) as at:
        hand_off.transfer(at.session, at.services, at.task, at.staff, to=None, now=at.now)
    typer.echo("Handed back: anyone can take it.")


@task.command("worried")
def task_worried(task_id: TaskId, by: By) -> None:
    """Say that you are worried about this person: the duty clinician is alerted at once."""
    with _at_work(task_id, by) as at:
        urgent = worry.worried(at.session, at.services, at.task, at.staff, at.now)
    typer.echo(f"The duty clinician is being alerted (task {urgent.id}).")


@reply.command("read")
def reply_read(reply_id: ReplyId, by: By) -> None:
    """Say that you have read a reply."""
    services = wire()
    with services.begin() as session:
        row = reply_called(session, reply_id)
        first = mark_read(session, row, hands_on(session, by), services.now())
    typer.echo(f"Read by {row.read_by}." if first else f"{row.read_by} had read this already.")


@reply.command("attach")
def reply_attach(reply_id: ReplyId, referral_id: str, by: By) -> None:
    """Say whose an unmatched reply is; what it asks for is then done for them."""
    services = wire()
    with services.begin() as session:
        row, referral = reply_called(session, reply_id), referral_called(session, referral_id)
        staff = hands_on(session, by)
        tasks = attach(session, services, row, referral, staff=staff, now=services.now())
    typer.echo(f"Attached to {referral.local_id}.")
    for each in tasks:
        typer.echo(f"Open: {each.kind.value.replace('_', ' ')} ({each.id})")
