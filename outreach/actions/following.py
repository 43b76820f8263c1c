"""One reply on its way to its consequences, with everything they need."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.duty import Duties, duties
from outreach.actions.overtaken import overtaken
from outreach.actions.sender import Sender
from outreach.models import Invitation, Person, Reply, Task
from outreach.rules.capacity import Talk
from outreach.rules.reading import Findings, finds_danger
from outreach.services import Services
from outreach.vocabulary import Channel, Purpose, Reading, TaskKind, TaskState

FLAGGED = frozenset({Reading.POSSIBLE_CRISIS, Reading.NEEDS_READER})


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """What somebody is told who said JOIN or NO to an invitation."""

    invitation: Invitation
    template: str
    values: Mapping[str, str | datetime]


@dataclass
class Following:
    """One reply on its way to its consequences.

    `person` is None for a number we do not know, for a shared one, and where the person has died (`has_died`):
    whoever writes then is not them.
    """

    session: Session
    services: Services
    reply: Reply
    findings: Findings
    sender: Sender
    person: Person | None
    has_died: bool
    duties: Duties
    now: datetime
    talk: Talk | None = None
    flagged_task: Task | None = None
    group: GroupAnswer | None = None
    group_told: bool = False

    @property
    def is_flagged(self) -> bool:
        """A person reads this at crisis speed."""
        return bool(self.findings.readings & FLAGGED)

    @cached_property
    def overtaken(self) -> frozenset[Reading]:
        """A wish to stop or start that does not count, because they wrote the opposite later."""
        return overtaken(self.session, self.services.keyring, self.reply, self.findings.readings)

    @property
    def standing_readings(self) -> frozenset[Reading]:
        """What the reply says that still counts."""
        return self.findings.readings - self.overtaken

    @property
    def words(self) -> str:
        """What they wrote."""
        return self.reply.opened(self.services.keyring)

    @property
    def stops(self) -> tuple[Channel | None, Purpose | None]:
        """What an opt-out in it stops: what it named; a plain one stops the channel it came by."""
        channel, purpose = self.reply.opt_out_channel, self.reply.opt_out_purpose
        return channel or (None if purpose else self.reply.channel), purpose

    @cached_property
    def software_reads(self) -> bool:
        """The reader is switched on and still finds what nobody could miss. Otherwise the crisis lines always go."""
        return self.services.config.duty.reader and finds_danger(self.services.reader)

    @cached_property
    def open_callback(self) -> Task | None:
        """A call that this person has asked for before and is still waiting for."""
        if self.person is None or not self.sender.has_open_callback:
            return None
        return self.session.scalar(
            select(Task)
            .where(
                Task.person_id == self.person.id,
                Task.kind == TaskKind.CALLBACK,
                Task.state != TaskState.CLOSED,
                Task.reply_id.is_distinct_from(self.reply.id),
            )
            .order_by(Task.opened_at, Task.id)
            .limit(1)
        )


def following(session: Session, services: Services, sender: Sender, findings: Findings) -> Following:
    """A reply with its sender and today's rota."""
    person, now = sender.person, sender.now
    has_died = person is not None and person.deceased_on is not None
    alive = None if has_died else person
    rota = duties(session, services.calendar, now)
    return Following(session, services, sender.reply, findings, sender, alive, has_died, rota, now)
