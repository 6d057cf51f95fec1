"""Sealing sensitive words at rest (AES-256-GCM), with keys that can be rotated, and a blind index to find them by."""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def derive(secret: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose from a deployment's secret."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()


def seal(text: str, keys: Mapping[str, bytes]) -> str:
    """`text` sealed with the first of `keys` (id -> 32 bytes, newest first): "id.base64(nonce + ciphertext)"."""
    key_id = next(iter(keys))
    nonce = os.urandom(12)
    sealed = AESGCM(keys[key_id]).encrypt(nonce, text.encode(), key_id.encode())
    return f"{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(token: str, keys: Mapping[str, bytes]) -> str:
    """The words again. Raises ValueError when the key is not known or the token was altered."""
    key_id, _, body = token.partition(".")
    if key_id not in keys:
        raise ValueError(f"no key {key_id!r}")
    try:
        raw = base64.b64decode(body, altchars=b"-_", validate=True)
        return AESGCM(keys[key_id]).decrypt(raw[:12], raw[12:], key_id.encode()).decode()
    except (InvalidTag, ValueError) as altered:
        raise ValueError("the sealed text was altered") from altered


def blind(text: str, key: bytes) -> str:
    """A keyed hash to look a value up by without being able to read it."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
