"""Takes the shipped template files in as version 1; after that the database holds the truth."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.library import TemplateFile
from outreach.models import TemplateVersion
from outreach.models.template import MACHINE_DRAFT, SHIPPED


def load_templates(session: Session, files: Iterable[TemplateFile], now: datetime) -> int:
    """Store each file that has no version yet; returns how many were new.

    English ones serve at once with simulators. Every other language is a machine's draft until a person approves it.
    """
    known = set(
        session.execute(select(TemplateVersion.key, TemplateVersion.language, TemplateVersion.channel))
    )
    fresh = [file for file in files if (file.key, file.language, file.channel) not in known]
    session.add_all(
        TemplateVersion(
            key=file.key,
            language=file.language,
            channel=file.channel,
            version=1,
            source=file.source,
            author=SHIPPED if file.language == "en" else MACHINE_DRAFT,
            created_at=now,
        )
        for file in fresh
    )
    return len(fresh)
