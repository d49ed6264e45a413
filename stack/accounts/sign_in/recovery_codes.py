"""Recovery codes: ten, of 49 random bits each, of which a salted Argon2id hash is kept (RFC 9106).

49 bits could be found by trying, so what is kept costs as much to try as a password. All codes of a user
share one salt: a code that is brought costs one hash, not ten.
"""

import json
import secrets

from argon2.low_level import Type, hash_secret_raw

CODE_COUNT = 10
# Without what is easily taken for something else; 10 of 31 characters are 49 bits.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_LENGTH = 10
_SALT_BYTES = 16
# The least that OWASP's cheat sheet of password storage asks for: 19 MiB, two passes.
_KIBIBYTES, _PASSES = 19 * 1024, 2


def make_codes() -> list[str]:
    return ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(CODE_COUNT)]


def hash_codes(codes: list[str]) -> str:
    """What is kept of the codes: JSON with the salt and the hashes, as hexadecimal digits."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return _write(salt, [_hash(code, salt) for code in codes])


def count_codes(kept: str) -> int:
    return len(json.loads(kept)["hashes"])


def take_code(kept: str, code: str) -> str | None:
    """What is kept once the code is used up; None for a code that is not among them."""
    if len(code) != _LENGTH or not set(code) <= set(_ALPHABET):
        return None
    read = json.loads(kept)
    salt, hashes = bytes.fromhex(read["salt"]), [str(each) for each in read["hashes"]]
    given = _hash(code, salt)
    left = [each for each in hashes if not secrets.compare_digest(each, given)]
    return _write(salt, left) if len(left) < len(hashes) else None


def _hash(code: str, salt: bytes) -> str:
    return hash_secret_raw(
        code.encode(),
        salt,
        time_cost=_PASSES,
        memory_cost=_KIBIBYTES,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    ).hex()


def _write(salt: bytes, hashes: list[str]) -> str:
    return json.dumps({"salt": salt.hex(), "hashes": hashes})
