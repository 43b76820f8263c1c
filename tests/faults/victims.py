"""A process that has everything loaded, and forks a short-lived worker for each line it is told.

`python -m tests.faults.victims` reads one JSON object a line, and answers each with how its worker ended.
"""

import gc
import json
import os
import sys
import traceback
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from twilio.rest import Client

from outreach.actions.import_waitlist import Taking, import_waitlist
from outreach.actions.take_receipt import take_receipt
from outreach.actions.take_reply import act_on_pending, take_reply
from outreach.engines.jobs import tick
from outreach.journal import journals_beside
from outreach.ports import InboundMessage, Receipt, ReceiptStatus
from outreach.rules.waitlist import read_rows
from outreach.rules.waitlist_row import RawRow
from outreach.services import Services, clock_set_to
from outreach.vocabulary import Channel
from tests.faults.dying import Death, MortalEmails, MortalTexts, Point, dying
from tests.house import build_services
from tests.standins.twilio import ACCOUNT, OUR_NUMBER, TOKEN


@dataclass(frozen=True, slots=True)
class Work:
    """What one worker does, and where it dies; without a point it lives."""

    do: str  # tick | reply | receipt | import
    url: str
    api: str
    at: str
    point: str = ""
    nth: int = 1
    what: Any = None
    disk: str = ""
    """A folder of the machine it runs on, where senders keep their journals."""
    mail_port: int = 0
    """Where a mail server listens; without one emails are simulated."""


def services_for(work: Work) -> Services:
    """An installation on this database, whose texts go to the stand-in, at this moment."""
    account: dict[str, Any] = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "from_number": OUR_NUMBER,
        "api_base_url": work.api,
    }
    death = Death(Point(work.point), work.nth) if work.point else None
    texts, emails = MortalTexts(**account), _emails(work.mail_port) if work.mail_port else None
    for sender in filter(None, (texts, emails)):
        sender.death = death
    services = build_services(
        work.url,
        clock=clock_set_to(datetime.fromisoformat(work.at)),
        texts=texts,
        emails=emails,
        journals=journals_beside(Path(work.disk) / "keyring.json", work.url) if work.disk else None,
        with_library=False,
        sms={"provider": "twilio", "twilio": account},
        sending={"allow_everyone": True, "daily_cap": 1_000_000},
    )
    return dying(services, death) if death else services


def _emails(port: int) -> MortalEmails:
    return MortalEmails(
        host="127.0.0.1", port=port, tls="none", from_address="Outreach <outreach@example.org>"
    )


def do(work: Work) -> None:
    """What was asked for."""
    services = services_for(work)
    match work.do:
        case "tick":
            tick(services)
        case "reply":
            inbound = InboundMessage(channel=Channel.SMS, recipient=OUR_NUMBER, **work.what)
            take_reply(services, inbound, services.now())
        case "pending":
            act_on_pending(services, services.now())
        case "receipt":
            status = ReceiptStatus(work.what["status"])
            take_receipt(services, Receipt(work.what["provider_id"], status), services.now())
        case "import":
            now = services.now()
            raw = [RawRow(line, row) for line, row in enumerate(work.what["rows"], 2)]
            listed = read_rows(list(work.what["rows"][0]), raw, services.calendar.day_of(now))
            import_waitlist(services, listed, Taking("the tests", now, b"d" * 32))


def main() -> None:
    """Fork a worker for each line, and say how it ended: 0, a signal's number below 0, or an exit code."""
    _ = Client(ACCOUNT, TOKEN).api.v2010.account.messages  # the SDK loads itself at first use
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    gc.freeze()
    for line in sys.stdin:
        work = Work(**json.loads(line))
        child = os.fork()
        if child == 0:
            _live(work)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _live(work: Work) -> None:
    try:
        do(work)
    except BaseException:  # noqa: BLE001 - whatever it was, this worker ends here, and not as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def as_line(work: Work) -> str:
    """What this process reads."""
    return json.dumps(asdict(work))


if __name__ == "__main__":
    main()
