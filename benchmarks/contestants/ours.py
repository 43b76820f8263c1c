"""Our sender at work on a database whose messages are due: `ours URL API_PORT SMTP_PORT IN_FLIGHT`."""

import asyncio
import sys

from benchmarks.contestants.turn import tell, wait_for_go
from benchmarks.house import services_for
from outreach.actions.claim import Claim
from outreach.actions.send import begin_sending
from outreach.app import keep_what_is_loaded
from outreach.engines.delivery import Delivery


def main() -> None:
    """Deliver until nothing is due."""
    url, api, smtp, in_flight = sys.argv[1:]
    services = services_for(url, api_port=int(api), smtp_port=int(smtp), in_flight=int(in_flight))
    begin_sending(
        services, Claim("", services.now(), ()), (), services.now()
    )  # statements are written at first use
    keep_what_is_loaded()
    wait_for_go()
    tally = asyncio.run(Delivery(services).run())
    tell(accepted=tally.accepted)


if __name__ == "__main__":
    main()
