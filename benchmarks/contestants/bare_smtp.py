"""Nothing but Python's own SMTP client, with bytes that are finished: `bare_smtp SMTP_PORT COUNT CONNECTIONS`."""

import smtplib
import sys
import threading

from benchmarks.contestants.turn import tell, wait_for_go

WORDS = "Hello Person7, this is the waiting list team. We have not forgotten you.\r\n" * 40
EMAIL = (
    "From: us@example.org\r\nTo: person@example.org\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"
    f"Content-Type: text/plain; charset=utf-8\r\n\r\n{WORDS}"
).encode()


def _send_some(port: int, count: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as connection:
        for number in range(count):
            connection.sendmail("us@example.org", f"person{number}@example.org", EMAIL)


def main() -> None:
    """Send so many, shared out over the connections."""
    port, count, connections = (int(word) for word in sys.argv[1:])
    shares = [count // connections + (number < count % connections) for number in range(connections)]
    threads = [threading.Thread(target=_send_some, args=(port, share)) for share in shares]
    wait_for_go()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tell(accepted=count)


if __name__ == "__main__":
    main()
