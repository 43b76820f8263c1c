"""Secrets that staff sign in with: passwords, authenticator codes, recovery codes, and random tokens."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

STEP_SECONDS = 30
STEPS_AROUND = (0, -1, 1)
"""A phone's clock may be half a minute off."""

RECOVERY_CODES = 10
RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Passwords:
    """Hashes passwords with argon2id at this cost."""

    passes: int
    memory_kib: int

    def hashed(self, password: str) -> str:
        """What is stored."""
        return self._hasher().hash(password)

    def is_right(self, stored: str | None, password: str) -> bool:
        """Whether the password fits; without a stored hash it takes as long and says no."""
        try:
            self._hasher().verify(stored or self._hasher().hash("nobody's"), password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """The cost has changed since this was stored."""
        return self._hasher().check_needs_rehash(stored)

    def _hasher(self) -> PasswordHasher:
        return PasswordHasher(time_cost=self.passes, memory_cost=self.memory_kib, parallelism=1)


def new_secret() -> str:
    """A secret for an authenticator app."""
    return pyotp.random_base32()


def provisioning(secret: str, name: str, service: str) -> str:
    """The address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=service)


def code_at(secret: str, now: datetime) -> str:
    """The code that an authenticator shows now."""
    return pyotp.TOTP(secret).at(now)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step for which this code is right, near to now; None for a wrong code."""
    digits = "".join(code.split())
    current = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in (current + around for around in STEPS_AROUND):
        if hmac.compare_digest(totp.at(step * STEP_SECONDS).encode(), digits.encode()):
            return step
    return None


def new_token() -> str:
    """A token of 256 random bits, for a cookie or a link."""
    return secrets.token_urlsafe(32)


def new_recovery_codes() -> list[str]:
    """Codes to write down, of 79 random bits each, in groups of four letters."""
    letters = [
        "".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    return ["-".join(code[start : start + 4] for start in range(0, RECOVERY_LENGTH, 4)) for code in letters]


def digest(token: str) -> bytes:
    """What is stored of a random token; too random to be guessed from it."""
    return hashlib.sha256(token.strip().encode("utf-8", "replace")).digest()


def recovery_digest(code: str) -> bytes:
    """What is stored of a recovery code; spaces, dashes and capitals do not matter."""
    return digest("".join(letter for letter in code.casefold() if letter.isalnum()))
