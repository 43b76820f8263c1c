"""A stand-in of Twilio on this machine: as strict as the real one, keeps what arrives, and fails as it is told to.

In a test: `with TwilioStandIn() as twilio:`. In a process of its own: `python -m tests.standins.twilio --file FILE`
prints its port, and a JSON list of `Say` fields posted to `/stand-in/next` is what it does next, and nothing else.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import re
import secrets
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from outreach.services import clock_set_to, wall_clock

ACCOUNT = "AC" + "5" * 32
TOKEN = "not-a-real-token"
OUR_NUMBER = "+447700900999"

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
KNOWN = frozenset({"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod"})
LONGEST_BODY = 1600
LONGEST_VALIDITY = 36_000
USUAL_STATUS = {20003: 401, 20404: 404, 20429: 429}


@dataclass(frozen=True, slots=True)
class Say:
    """What to do with one request to send.

    `how` is answer, lose (take it, then cut the line), reset (cut the line at once), stall (answer after `seconds`),
    garbage (an answer that is no JSON), no_id, keep (take it, then refuse all the same), or receipt_first (the
    receipt comes before the answer). Otherwise with a `code` or a `status` from 400 nothing is taken.
    """

    how: str = "answer"
    code: int | None = None
    status: int = 0
    retry_after: str = ""
    seconds: float = 0.0

    @property
    def error_status(self) -> int:
        """The status of the refusal, 0 for none."""
        return self.status or (USUAL_STATUS.get(self.code, 400) if self.code else 0)

    @property
    def takes(self) -> bool:
        """The message is kept, whatever is answered."""
        return self.how == "keep" or (self.how != "reset" and not self.error_status)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that was taken in, as it was posted."""

    sid: str
    form: dict[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """A text that somebody sent to our number."""

    sid: str
    sender: str
    body: str
    at: datetime

    @property
    def form(self) -> dict[str, str]:
        """What is posted to the hook."""
        return {
            "MessageSid": self.sid,
            "AccountSid": ACCOUNT,
            "From": self.sender,
            "To": OUR_NUMBER,
            "Body": self.body,
            "NumMedia": "0",
        }


@dataclass(slots=True)
class TwilioStandIn:
    """One account of Twilio; `always` is what it does when nothing else was asked for with `next`.

    A request that has come whole is taken, also when whoever posted it dies before the answer. Above `per_second` it
    answers 429 with 20429; a tenth of a second's worth may come at once. Its times come from `clock`. A message is
    listed once it is `list_lag` old. After an answer it posts `statuses` as receipts. Each message taken is a JSON
    line in `file` before it is answered.
    """

    account: str = ACCOUNT
    token: str = TOKEN
    port: int = 0
    also: str = ""  # a private address of this machine to listen on as well
    latency: float = 0.0
    per_second: float = 0.0
    list_lag: timedelta = timedelta(0)
    list_is_down: bool = False
    statuses: tuple[str, ...] = ()
    file: Path | None = None
    clock: Callable[[], datetime] = wall_clock
    always: Say = field(default_factory=Say)
    arrived: list[Arrived] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    refused: list[tuple[int, int]] = field(default_factory=list)  # (status, code)
    asked: int = 0
    most_in_flight: int = 0
    _in_flight: int = 0
    _room: float = 0.0
    _room_at: float = 0.0
    _said: deque[Say] = field(default_factory=deque)
    _posts: set[asyncio.Task[None]] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop | None = None
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Its address, for `[sms.twilio] api_base_url`."""
        return f"http://127.0.0.1:{self.port}"

    def next(self, *said: Say) -> None:
        """Do these next, one for each request to send."""
        self._said.extend(said)

    def text_us(self, sender: str, body: str) -> Reply:
        """Somebody texts our number: it is on the list from now on; the test posts it."""
        reply = Reply(f"SM{secrets.token_hex(16)}", sender, body, self.clock())
        self.replies.append(reply)
        return reply

    def __enter__(self) -> "TwilioStandIn":
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve(ready.set)), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise TimeoutError("the stand-in did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(10)

    async def serve(self, tell_ready: Callable[[], object]) -> None:
        """Serve until told to end; receipts under way are posted first."""
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        path = "/2010-04-01/Accounts/{account}/Messages.json"
        app.add_routes(
            [
                web.post(path, self._create),
                web.get(path, self._list),
                web.post("/stand-in/next", self._be_told),
                web.get("/stand-in/counts", self._tell_counts),
            ]
        )
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        self.port = runner.addresses[0][1]
        if self.also:
            await web.TCPSite(runner, self.also, self.port).start()
        tell_ready()
        await self._ended.wait()
        await asyncio.gather(*self._posts)
        await runner.cleanup()

    def end(self) -> None:
        """Stop serving."""
        self._ended.set()

    async def _be_told(self, request: web.Request) -> web.Response:
        self._said.clear()
        self.next(*(Say(**each) for each in await request.json()))
        return web.Response(status=204)

    async def _tell_counts(self, _request: web.Request) -> web.Response:
        return web.json_response({"asked": self.asked, "most_in_flight": self.most_in_flight})

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            form = {name: str(value) for name, value in (await request.post()).items()}
            await asyncio.sleep(self.latency)
            return await self._answer(request, form)
        except ConnectionResetError:  # whoever was posting died before all of it had come
            return _cut(request)
        finally:
            self._in_flight -= 1

    async def _answer(self, request: web.Request, form: dict[str, str]) -> web.StreamResponse:
        say = self._said.popleft() if self._said else self.always
        if say.how == "reset":
            return _cut(request)
        wrong = self._wrong(request, form)
        if not wrong and self._is_too_fast():
            return self._refuse(429, 20429)
        if wrong or (say.error_status and say.how != "keep"):
            return self._refuse(*(wrong or (say.error_status, say.code)), retry_after=say.retry_after)
        message = self._take(form)
        if say.how == "stall":
            await asyncio.sleep(say.seconds)
        if say.how == "keep":
            return self._refuse(say.error_status, say.code)
        if say.how == "lose":
            return _cut(request)
        if say.how == "garbage":
            return web.Response(status=201, text="<html>It works!</html>", content_type="text/html")
        if say.how == "receipt_first":
            await self.post_receipts(message, ("sent", "delivered"))
        elif self.statuses:
            post = asyncio.create_task(self.post_receipts(message, self.statuses))
            self._posts.add(post)
            post.add_done_callback(self._posts.discard)
        resource = {} if say.how == "no_id" else self._resource(message)
        return web.json_response(resource, status=201)

    def _is_too_fast(self) -> bool:
        if not self.per_second:
            return False
        now = time.monotonic()
        grown = self._room + (now - self._room_at) * self.per_second
        self._room, self._room_at = min(self.per_second / 10, grown), now
        if self._room < 1:
            return True
        self._room -= 1
        return False

    def _wrong(self, request: web.Request, form: Mapping[str, str]) -> tuple[int, int] | None:
        """The status and code with which Twilio refuses this request; None when it is as documented."""
        if request.headers.get("Authorization") != aiohttp.encode_basic_auth(self.account, self.token):
            return 401, 20003
        if request.match_info["account"] != self.account:
            return 404, 20404
        validity = form.get("ValidityPeriod", "")
        callback = urlsplit(form.get("StatusCallback", ""))
        checks = (
            (bool(set(form) - KNOWN), 20001),
            ("To" not in form, 21604),
            (not E164.fullmatch(form.get("To", "")), 21211),
            (not (form.get("From") or form.get("MessagingServiceSid")), 21603),
            (not form.get("Body"), 21602),
            (len(form.get("Body", "")) > LONGEST_BODY, 21617),
            (callback.scheme not in ("http", "https") or not callback.hostname, 21609),
            (not validity.isdecimal() or not 1 <= int(validity) <= LONGEST_VALIDITY, 21913),
        )
        return next(((400, code) for is_wrong, code in checks if is_wrong), None)

    def _refuse(self, status: int, code: int | None, *, retry_after: str = "") -> web.Response:
        self.refused.append((status, code or 0))
        headers = {"Retry-After": retry_after} if retry_after else {}
        if code is None:
            return web.Response(status=status, text="<html>not today</html>", headers=headers)
        words = {"code": code, "message": f"code {code}", "more_info": "", "status": status}
        return web.json_response(words, status=status, headers=headers)

    def _take(self, form: dict[str, str]) -> Arrived:
        message = Arrived(f"SM{secrets.token_hex(16)}", form, self.clock())
        self.arrived.append(message)
        if self.file:
            line = {"sid": message.sid, "at": message.at.isoformat(), **form}
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        return message

    async def _list(self, request: web.Request) -> web.Response:
        wrong = self._wrong(request, _A_GOOD_FORM)
        if wrong or self.list_is_down:
            return self._refuse(*(wrong or (503, None)))
        listed = [
            self._resource(each)
            for each in reversed(self.arrived)
            if request.query.get("To", each.form["To"]) == each.form["To"]
            and each.at <= self.clock() - self.list_lag
        ]
        since = request.query.get("DateSent>", "")
        listed += [
            self._inbound(each)
            for each in reversed(self.replies)
            if request.query.get("To", OUR_NUMBER) == OUR_NUMBER
            and (not since or each.at >= datetime.fromisoformat(since))
        ]
        size = int(request.query.get("PageSize", "50"))
        return web.json_response({"messages": listed[:size], "next_page_uri": None, "page_size": size})

    def _resource(self, message: Arrived) -> dict[str, Any]:
        return {
            "sid": message.sid,
            "account_sid": self.account,
            "to": message.form["To"],
            "from": message.form.get("From"),
            "messaging_service_sid": message.form.get("MessagingServiceSid"),
            "body": message.form["Body"],
            "status": "queued",
            "direction": "outbound-api",
            "date_created": format_datetime(message.at),
            "date_updated": format_datetime(message.at),
            "date_sent": None,
            "error_code": None,
            "error_message": None,
            "num_segments": "1",
            "num_media": "0",
            "uri": f"/2010-04-01/Accounts/{self.account}/Messages/{message.sid}.json",
        }

    def _inbound(self, reply: Reply) -> dict[str, Any]:
        return {
            "sid": reply.sid,
            "account_sid": self.account,
            "to": OUR_NUMBER,
            "from": reply.sender,
            "body": reply.body,
            "status": "received",
            "direction": "inbound",
            "date_created": format_datetime(reply.at),
            "date_sent": format_datetime(reply.at),
            "error_code": None,
            "num_segments": "1",
            "num_media": "0",
            "uri": f"/2010-04-01/Accounts/{self.account}/Messages/{reply.sid}.json",
        }

    async def post_receipts(self, message: Arrived, statuses: tuple[str, ...]) -> None:
        """Post these receipts, signed, to the address that the message named."""
        url = message.form["StatusCallback"].partition("#")[0]
        async with aiohttp.ClientSession() as session:
            for status in statuses:
                form = self.receipt(message.sid, status)
                headers = {"X-Twilio-Signature": signature(self.token, url, form)}
                with suppress(aiohttp.ClientError):
                    await session.post(url, data=form, headers=headers)

    def wait_for_posts(self) -> None:
        """Return when every receipt under way has been posted."""

        async def wait() -> None:
            await asyncio.gather(*self._posts)

        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(wait(), self._loop).result(10)

    def receipt(self, sid: str, status: str, code: int | None = None) -> dict[str, str]:
        """The form of one receipt."""
        form = {"MessageSid": sid, "SmsSid": sid, "AccountSid": self.account, "MessageStatus": status}
        return {**form, "ErrorCode": str(code)} if code else form


_A_GOOD_FORM = {
    "To": OUR_NUMBER,
    "From": OUR_NUMBER,
    "Body": "-",
    "StatusCallback": "http://127.0.0.1/",
    "ValidityPeriod": "1",
}


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """As Twilio documents it: the address, then each field's name and value by name; HMAC-SHA1; base64."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()


async def _serve_alone(stand_in: TwilioStandIn, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stand_in.end)
    loop.call_later(seconds, stand_in.end)
    await stand_in.serve(lambda: print(stand_in.port, flush=True))


def main() -> None:
    """Serve in this process until SIGTERM, or for so many seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--also", default="", help="a private address of this machine to listen on as well")
    parser.add_argument("--file", type=Path, help="what arrived, one JSON object a line")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before it takes a message")
    parser.add_argument("--per-second", type=float, default=0.0, help="refuses what comes faster")
    parser.add_argument("--receipts", action="store_true", help="post receipts: sent, then delivered")
    parser.add_argument("--seconds", type=float, default=300.0, help="ends by itself after these")
    parser.add_argument("--at", type=datetime.fromisoformat, help="its clock starts here instead of now")
    asked = parser.parse_args()
    stand_in = TwilioStandIn(
        port=asked.port,
        also=asked.also,
        file=asked.file,
        latency=asked.latency,
        per_second=asked.per_second,
        statuses=("sent", "delivered") if asked.receipts else (),
        clock=clock_set_to(asked.at) if asked.at else wall_clock,
    )
    asyncio.run(_serve_alone(stand_in, asked.seconds))


if __name__ == "__main__":
    main()
