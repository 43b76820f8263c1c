"""One reply on its way to its consequences, with everything they need."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.duty import Duties
from outreach.models import Person, Reply, Task
from outreach.rules.capacity import Talk
from outreach.rules.reading import Findings
from outreach.services import Services
from outreach.vocabulary import Reading

FLAGGED = frozenset({Reading.POSSIBLE_CRISIS, Reading.NEEDS_READER})


@dataclass(slots=True)
class Following:
    """One reply on its way to its consequences."""

    session: Session
    services: Services
    reply: Reply
    findings: Findings
    person: Person | None
    duties: Duties
    now: datetime
    talk: Talk | None = None
    flagged_task: Task | None = None

    @property
    def is_flagged(self) -> bool:
        """A person reads this at crisis speed."""
        return bool(self.findings.readings & FLAGGED)

    @property
    def words(self) -> str:
        """What they wrote."""
        return self.reply.opened(self.services.keyring)
