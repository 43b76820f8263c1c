"""Texts through Twilio's API, on its asynchronous client: each is handed over once, and a doubt stays a doubt."""

import asyncio
import json
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from outreach.errors import UnreachableError
from outreach.ports import (
    Found,
    Heard,
    Leaving,
    Listed,
    Lookup,
    LostAttempt,
    OutboundText,
    Outcome,
    Receipt,
    Verdict,
    unnoted,
)
from outreach.providers.loopback import is_loopback
from outreach.providers.posting import BrokenAnswerError, NeverConnectedError, Poster
from outreach.providers.twilio_codes import outcome_for, receipt_for
from outreach.providers.twilio_hooks import parse_inbound

CALL_SECONDS = 10
_UNUSUAL = re.compile(r"[^A-Za-z0-9_.~ -]")
LONGEST_RETRY_AFTER = timedelta(hours=1)

CLOCKS_DIFFER = timedelta(minutes=1)
CALL_MAY_LINGER = timedelta(minutes=5)
"""A call that we gave up may still be taken in by the provider for about this long."""

LISTED_AT_MOST = 100
"""Messages to one number that are looked through, newest first."""

HEARD_AT_MOST = 5_000
HEARD_ON_A_PAGE = 500

NEVER_REACHED = Outcome(Verdict.NOT_PROCESSED, reason="the provider could not be reached", not_now=True)

NO_CLEAR_ANSWER = (
    TwilioException,
    aiohttp.ClientError,
    OSError,  # also every time-out
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
)
"""Whatever a broken, cut-off or nonsensical answer makes the client raise."""


class _Http(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The SDK's client, which signs in by a header of our own: aiohttp has deprecated the parameter it uses."""

    async def request(self, method: str, url: str, *, auth: Any = None, **options: Any) -> Any:
        headers = {**(options.pop("headers", None) or {})}
        if auth:
            headers["Authorization"] = aiohttp.encode_basic_auth(*auth)
        return await super().request(method, url, headers=headers, **options)


class TwilioTexts:
    """A sender of texts. Numbers never reach a log: the SDK's own loggers are kept at warnings."""

    name = "twilio"
    most_at_once = 100
    is_simulated = False

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        from_number: str = "",
        messaging_service_sid: str = "",
        api_base_url: str = "https://api.twilio.com",
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._sender = (
            {"MessagingServiceSid": messaging_service_sid} if messaging_service_sid else {"From": from_number}
        )
        self._api_base_url = api_base_url
        self._call_seconds = call_seconds
        self._client: Any = None
        self._messages = f"{api_base_url}/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._poster: Poster | None = None

    @property
    def is_live(self) -> bool:
        """Texts can reach real people, unless the service is a stand-in on this machine."""
        return not is_loopback(urlsplit(self._api_base_url).hostname or "")

    async def open(self) -> None:
        """Get ready inside the running loop; connections are made when first needed, as many as may be in flight.

        Texts are posted without the SDK, which spends as much time on each as all of the rest; lists come through it.
        """
        sign_in = aiohttp.encode_basic_auth(self._account_sid, self._auth_token)
        headers = {
            "Authorization": sign_in,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "User-Agent": "outreach",
        }
        self._poster = Poster(self._messages, headers, self.most_at_once)

    async def close(self) -> None:
        """Close the connections."""
        if self._poster is not None:
            self._poster.close()
            self._poster = None
        if self._client is not None:
            await self._client.http_client.close()
            self._client = None

    def _lists(self) -> Any:
        """The SDK's client, which loads and connects when first needed."""
        if self._client is None:
            logging.getLogger("twilio").setLevel(logging.WARNING)
            logging.getLogger("twilio.async_http_client").setLevel(logging.WARNING)
            # No max_retries: any number makes the SDK repeat a POST, and so a text.
            self._client = Client(self._account_sid, self._auth_token, http_client=_Http())
            self._client.edge = self._client.region = (
                None  # [sms.twilio] api_base_url alone says where calls go
            )
            self._client.api.base_url = self._api_base_url
        return self._client.api.v2010.account.messages

    async def send(self, text: OutboundText, leaving: Leaving = unnoted) -> Outcome:
        """Hand over once. Never raises for what the provider answers or does not answer."""
        try:
            body = self._form(text)
        except UnicodeEncodeError:
            return Outcome(Verdict.REFUSED, reason="the words hold a character that cannot be sent")
        if self._poster is None:
            return Outcome(Verdict.NOT_PROCESSED, reason="the connections were closed", not_now=True)
        has_left = False

        def leaves() -> None:
            nonlocal has_left
            leaving()
            has_left = True

        try:
            async with asyncio.timeout(self._call_seconds):
                answer = await self._poster.post(body, leaves)
        except NeverConnectedError:
            return NEVER_REACHED
        except TimeoutError:
            if not has_left:
                return NEVER_REACHED
            return Outcome(Verdict.UNKNOWN, reason=f"no answer within {self._call_seconds:g} seconds")
        except (BrokenAnswerError, OSError) as fault:
            return _unclear(type(fault).__name__)
        return _outcome(answer.status, answer.headers.get("retry-after", ""), answer.body)

    def _form(self, text: OutboundText) -> bytes:
        """What is posted."""
        seconds = max(1, int(text.valid_for.total_seconds()))
        fields = {
            **self._sender,
            "To": text.to,
            "Body": text.body,
            "StatusCallback": text.receipt_url,
            "ValidityPeriod": str(seconds),
        }
        return "&".join([f"{name}={quoted(value)}" for name, value in fields.items()]).encode()

    async def find(self, lost: LostAttempt) -> Lookup:
        """Look among the messages to this number, made around then with these words, that no attempt of ours has."""
        try:
            async with asyncio.timeout(self._call_seconds):
                listed = await self._lists().list_async(
                    to=lost.to, limit=LISTED_AT_MOST, page_size=LISTED_AT_MOST
                )
            candidates = [each for each in listed if _may_be(each, lost)]
            matches = [each for each in candidates if _same_words(each.body, lost.body)]
            readable = all(each.body for each in candidates)
        except NO_CLEAR_ANSWER as fault:
            return Lookup(Found.CANNOT_TELL, reason=f"the list could not be read ({type(fault).__name__})")
        if len(matches) == 1 and readable:
            (match,) = matches
            news = receipt_for(match.sid, str(match.status or ""), _code(match.error_code))
            return Lookup(Found.FOUND, match.sid, news)
        if matches or not readable:
            return Lookup(Found.CANNOT_TELL, reason=f"{len(candidates)} messages could be this one")
        return Lookup(Found.ABSENT)

    async def listed(self, to: str, since: datetime) -> list[Listed]:
        """What went to this number since then; UnreachableError when there is no list."""
        try:
            async with asyncio.timeout(self._call_seconds * 6):
                listed = await self._lists().list_async(to=to, limit=HEARD_AT_MOST, page_size=HEARD_ON_A_PAGE)
            return [_listed(each) for each in listed if _is_ours(each) and each.date_created >= since]
        except NO_CLEAR_ANSWER as fault:
            raise UnreachableError(
                f"the provider's list of texts could not be read ({type(fault).__name__}); try again later"
            ) from None

    async def heard(self, since: datetime) -> list[Heard]:
        """What came in since then by Twilio's list, the oldest first; UnreachableError when there is no list."""
        own = {"to": self._sender["From"]} if "From" in self._sender else {}
        try:
            async with asyncio.timeout(self._call_seconds * 6):
                listed = await self._lists().list_async(
                    date_sent_after=since, limit=HEARD_AT_MOST, page_size=HEARD_ON_A_PAGE, **own
                )
        except NO_CLEAR_ANSWER as fault:
            raise UnreachableError(
                f"the provider's list of replies could not be read ({type(fault).__name__}); it is read again later"
            ) from None
        inbound = [each for each in listed if str(each.direction or "") == "inbound" and each.sid]
        return sorted((_heard(each) for each in inbound), key=lambda each: each.at)

    def news(self) -> list[Receipt]:
        """None: Twilio posts its receipts."""
        return []


def _listed(listed: Any) -> Listed:
    news = receipt_for(listed.sid, str(listed.status or ""), _code(listed.error_code))
    return Listed(news, listed.date_created, str(listed.body or ""))


def _is_ours(listed: Any) -> bool:
    return str(listed.direction or "").startswith("outbound")


def quoted(value: str) -> str:
    """A value as forms are posted, like `quote_plus`, which looks every single letter up: few are unusual."""
    return _UNUSUAL.sub(_sign, value).replace(" ", "+")


def _sign(found: re.Match[str]) -> str:
    return _quoted_sign(found[0])


@lru_cache(maxsize=1024)
def _quoted_sign(sign: str) -> str:
    return quote(sign, safe="")


def _heard(listed: Any) -> Heard:
    fields = {
        "MessageSid": listed.sid,
        "AccountSid": str(listed.account_sid or ""),
        "From": str(listed.from_ or ""),
        "To": str(listed.to or ""),
        "Body": str(listed.body or ""),
        "NumMedia": str(listed.num_media or ""),
    }
    return Heard(parse_inbound(fields, fields["AccountSid"]), listed.date_sent or listed.date_created)


def _outcome(status: int, header: str, said: bytes) -> Outcome:
    """What an answer with this status, Retry-After and body means."""
    try:
        answer = json.loads(said)
    except ValueError:
        answer = None
    known = answer if isinstance(answer, dict) else {}
    if not 200 <= status < 300:
        return _refused(status, _code(known.get("code")), header)
    if answer is None:
        return _unclear("no JSON")
    sid = known.get("sid")
    if not isinstance(sid, str) or not sid:
        return Outcome(Verdict.UNKNOWN, reason="the answer carried no id")
    return Outcome(Verdict.ACCEPTED, sid)


def _unclear(why: str) -> Outcome:
    return Outcome(Verdict.UNKNOWN, reason=f"no clear answer ({why})")


def _refused(status: int, code: str, header: str) -> Outcome:
    outcome = outcome_for(status, code)
    wait = _wait_asked(header, datetime.now(UTC))
    return replace(outcome, retry_after=wait) if wait else outcome


def _code(value: Any) -> str:
    """The code as text of at most 20 characters; blank for none."""
    return str(value)[:20] if isinstance(value, int | str) and not isinstance(value, bool) else ""


def _wait_asked(header: str, now: datetime) -> timedelta | None:
    """Retry-After as seconds or as a date, at most an hour; None when it says nothing useful."""
    try:
        wait = (
            timedelta(seconds=int(header))
            if header.strip().isdecimal()
            else parsedate_to_datetime(header).astimezone(UTC) - now
        )
    except (ValueError, TypeError, OverflowError):
        return None
    return min(wait, LONGEST_RETRY_AFTER) if wait > timedelta(0) else None


def _may_be(listed: Any, lost: LostAttempt) -> bool:
    """Sent by our programs around then, and not known to be another message of ours."""
    made: datetime | None = listed.date_created
    return (
        _is_ours(listed)
        and listed.sid not in lost.adopted_ids
        and made is not None
        and lost.started_at - CLOCKS_DIFFER <= made <= lost.started_at + CALL_MAY_LINGER
    )


def _same_words(listed: str | None, ours: str) -> bool:
    """The same but for blanks, which are not always kept."""
    return bool(listed) and str(listed).split() == ours.split()
