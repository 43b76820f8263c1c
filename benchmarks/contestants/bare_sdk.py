"""Nothing but the provider's own asynchronous client: `bare_sdk API_PORT COUNT IN_FLIGHT`."""

import asyncio
import logging
import sys
import warnings

from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from benchmarks.contestants.turn import tell, wait_for_go

BODY = "Hello Person7, this is the waiting list team. " * 6


async def send_all(port: int, count: int, in_flight: int) -> int:
    """Send so many with so many under way; how many were taken."""
    client = Client("AC" + "5" * 32, "not-a-real-token", http_client=AsyncTwilioHttpClient())
    client.api.base_url = f"http://127.0.0.1:{port}"
    left = iter(range(count))
    await asyncio.gather(*(_send_some(client, left) for _ in range(in_flight)))
    await client.http_client.close()
    return count


async def _send_some(client: Client, left: object) -> None:
    for number in left:  # type: ignore[attr-defined]
        await client.api.v2010.account.messages.create_async(
            to=f"+447700900{number % 1000:03}",
            body=f"{BODY}{number}",
            from_="+447700900999",
            status_callback=f"http://127.0.0.1/hooks/twilio/receipts/{number:036}.abcdefghijklmnopqrstuvwx",
            validity_period=3600,
        )


def main() -> None:
    """Send so many."""
    port, count, in_flight = (int(word) for word in sys.argv[1:])
    warnings.simplefilter("ignore")
    logging.getLogger("twilio").setLevel(logging.WARNING)
    logging.getLogger("twilio.async_http_client").setLevel(logging.WARNING)
    _ = Client("AC", "x").api.v2010.account.messages  # the SDK loads itself at first use
    wait_for_go()
    tell(accepted=asyncio.run(send_all(port, count, in_flight)))


if __name__ == "__main__":
    main()
