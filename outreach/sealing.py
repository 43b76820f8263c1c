"""Sealed columns and blind indexes: personal data is unreadable without a keyring kept outside the database."""

import base64
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from outreach.errors import KeyringError

KEY_BYTES = 32
NUMBER_BYTES = 2
NONCE_BYTES = 12
BODY_FROM = NUMBER_BYTES + NONCE_BYTES
TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by number; the highest number of each kind is the current one, older ones only open and look up."""

    sealing: dict[int, bytes]
    index: dict[int, bytes]
    signing: bytes

    @property
    def prefix(self) -> bytes:
        """What every value sealed under the current key begins with."""
        return max(self.sealing).to_bytes(NUMBER_BYTES, "big")

    def seal(self, text: str, where: str) -> bytes:
        """`text` sealed with AES-256-GCM for one place, `table|column|id`: it opens nowhere else."""
        number = max(self.sealing)
        nonce = os.urandom(NONCE_BYTES)
        sealed = _cipher(self.sealing[number]).encrypt(
            nonce, text.encode("utf-8", "surrogatepass"), where.encode()
        )
        return self.prefix + nonce + sealed

    def open(self, sealed: bytes, where: str) -> str:
        """The text sealed for this place; KeyringError when the key is gone or the bytes were moved or changed."""
        number = int.from_bytes(sealed[:NUMBER_BYTES], "big")
        key = self.sealing.get(number)
        if key is None:
            raise KeyringError(
                f"the keyring has no sealing key {number}; restore the keyring that sealed this database"
            )
        try:
            nonce, rest = sealed[NUMBER_BYTES:BODY_FROM], sealed[BODY_FROM:]
            text = _cipher(key).decrypt(nonce, rest, where.encode())
        except InvalidTag:
            table, column, *_ = where.split("|")
            raise KeyringError(
                f"a value of {table}.{column} does not open: wrong keyring, or it was altered"
            ) from None
        return text.decode("utf-8", "surrogatepass")

    def blind(self, kind: str, value: str) -> bytes:
        """The token under which `value` is filed; without the key nobody can compute or reverse it."""
        return self._token(max(self.index), kind, value)

    def blinds(self, kind: str, value: str) -> list[bytes]:
        """The tokens under every index key, newest first, for lookups while keys rotate."""
        return [self._token(number, kind, value) for number in sorted(self.index, reverse=True)]

    def _token(self, number: int, kind: str, value: str) -> bytes:
        text = f"{kind}|{value}".encode("utf-8", "surrogatepass")
        return _hmac(self.index[number], text)[:TOKEN_BYTES]

    def digest(self, text: str) -> bytes:
        """A keyed digest of a message body, to recognise it without keeping it readable."""
        return _hmac(self.signing, b"body|" + text.encode("utf-8", "surrogatepass"))

    def sign(self, purpose: str, value: str) -> str:
        """A token that carries `value` and proves we made it for this purpose."""
        return f"{value}.{self._signature(purpose, value)}"

    def verified(self, purpose: str, token: str) -> str | None:
        """The value inside a token of ours, or None for any other text."""
        value, _, signature = token.rpartition(".")
        known = self._signature(purpose, value)
        return value if hmac.compare_digest(signature.encode("utf-8", "replace"), known.encode()) else None

    def _signature(self, purpose: str, value: str) -> str:
        digest = _hmac(self.signing, f"{purpose}|{value}".encode("utf-8", "replace"))
        return base64.urlsafe_b64encode(digest[:18]).decode()


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> AESGCM:
    """Made once: a value is sealed or opened with it for each person and message."""
    return AESGCM(key)


def _hmac(key: bytes, text: bytes) -> bytes:
    """HMAC-SHA-256. The key is taken in once: several are made for each message that is sent."""
    made = _keyed(key).copy()
    made.update(text)
    return made.digest()


@lru_cache(maxsize=64)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


def new_keyring() -> Keyring:
    """A keyring of fresh random keys."""
    return Keyring({1: _new_key()}, {1: _new_key()}, _new_key())


def rotated(keyring: Keyring) -> Keyring:
    """The keyring with one new key of each kind in front; the old ones still open and look up."""
    return Keyring(
        {**keyring.sealing, max(keyring.sealing) + 1: _new_key()},
        {**keyring.index, max(keyring.index) + 1: _new_key()},
        keyring.signing,
    )


def write_keyring(keyring: Keyring, path: Path) -> None:
    """Write the file for its owner only (mode 0600), in one step: a crash leaves the old file or the new one."""
    content = {
        "sealing": {str(number): _encoded(key) for number, key in keyring.sealing.items()},
        "index": {str(number): _encoded(key) for number, key in keyring.index.items()},
        "signing": _encoded(keyring.signing),
    }
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
    ) as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read_keyring(path: Path) -> Keyring:
    """The keyring in this file; KeyringError when it is missing, damaged or readable by others."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = json.loads(path.read_text(encoding="ascii"))
        keyring = Keyring(
            {int(number): _decoded(key) for number, key in content["sealing"].items()},
            {int(number): _decoded(key) for number, key in content["index"].items()},
            _decoded(content["signing"]),
        )
    except FileNotFoundError:
        raise KeyringError(
            f"{path} does not exist; run `outreach init`, or restore it from your backup"
        ) from None
    except (ValueError, KeyError, AttributeError, TypeError):
        raise KeyringError(f"{path} is not a keyring; restore it from your backup") from None
    if mode & 0o077:
        raise KeyringError(f"{path} can be read by other users; run `chmod 600 {path}`")
    if not keyring.sealing or not keyring.index:
        raise KeyringError(f"{path} holds no keys; restore it from your backup")
    return keyring


@dataclass(slots=True)
class KeyringFile:
    """The keyring in a file, read again when the file was replaced, so that keys rotate under running processes."""

    path: Path
    _known: Keyring | None = None
    _stamp: tuple[int, int] = (0, 0)

    def __call__(self) -> Keyring:
        """The keys as they are now. A file that is gone for a moment, or for good, does not stop who has read it."""
        try:
            status = self.path.stat()
        except OSError:
            status = None
        stamp = (status.st_ino, status.st_mtime_ns) if status else self._stamp
        if self._known is None or stamp != self._stamp:
            self._known, self._stamp = read_keyring(self.path), stamp
        return self._known


def _new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _encoded(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _decoded(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key has the wrong length")
    return key
