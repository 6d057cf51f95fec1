"""A classifier of messages: taught with scikit-learn, asked with numpy alone, kept as plain arrays and never as a pickle."""

import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yemai.kernel.refusals import Refused

from .grams import counted, heading, heaviest, pairs, pieces

Floats = NDArray[np.float32]
CHANNELS = (("pieces", pieces, 1.0), ("pairs", pairs, 1.0), ("title", pieces, 0.7))
"""What is weighed, how it is cut, and how much it counts beside the others: the title says most in the fewest words."""
BECAUSE = 4
FORMAT = 1


@dataclass(frozen=True)
class Message:
    """One text to be classed; `title` may be "" """

    text: str
    title: str = ""

    def of(self, channel: str) -> str:
        """What a channel reads."""
        return heading(self.title, self.text) if channel == "title" else f"{self.title}\n{self.text}".strip()


@dataclass(frozen=True)
class Lesson:
    """A message with the class a person gave it; `weight` 1 for a case of the town, less for a sentence of the starter."""

    message: Message
    label: str
    weight: float = 1.0
    group: str = ""
    """Messages made from one another bear one name here: they are judged together, never one by what another taught."""


@dataclass(frozen=True)
class Proposal:
    """A class, how sure (0 to 1, calibrated on messages not learnt from) and the words that spoke for it."""

    label: str
    confidence: float
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Classifier:
    """Weights by channel: `vocabulary` piece to column, `idf` (columns,), `coef` (columns, classes); `intercept` (classes,)."""

    labels: tuple[str, ...]
    vocabulary: dict[str, dict[str, int]]
    idf: dict[str, Floats]
    coef: dict[str, Floats]
    intercept: Floats
    temperature: float
    card: dict[str, Any] = field(default_factory=dict)

    def decision(self, message: Message) -> Floats:
        """The margin of each class, shape (classes,)."""
        total = self.intercept.astype(np.float64)
        for channel, cut, weight in CHANNELS:
            columns, values = self._weighed(channel, cut(message.of(channel)))
            if len(columns):
                total = total + weight * (values @ self.coef[channel][columns])
        return total.astype(np.float32)

    def _weighed(self, channel: str, grams: list[str]) -> tuple[NDArray[np.int64], Floats]:
        """Columns and their TF-IDF weights, of length one together."""
        counts = counted(grams, self.vocabulary[channel])
        columns = np.fromiter(counts.keys(), np.int64, len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf[channel][columns]
        return columns, values / (np.linalg.norm(values) or 1.0)

    def propose(self, message: Message, most: int = 3) -> list[Proposal]:
        """The likeliest classes, surest first; [] for a message of which nothing is known."""
        if not any(counted(cut(message.of(name)), self.vocabulary[name]) for name, cut, _weight in CHANNELS):
            return []
        sure = softmax(self.decision(message)[None, :], self.temperature)[0]
        best = np.argsort(-sure, kind="stable")[:most]
        return [
            Proposal(self.labels[at], round(float(sure[at]), 4), tuple(self.because(message, int(at)))) for at in best
        ]

    def because(self, message: Message, label: int) -> list[str]:
        """The words of the message that weigh most for a class."""
        text = message.of("pieces")
        weighed: dict[str, float] = {}
        for channel, cut, weight in CHANNELS:
            vocabulary = self.vocabulary[channel]
            known = {gram for gram in cut(message.of(channel)) if gram in vocabulary}
            for gram in known:
                column = vocabulary[gram]
                worth = float(self.idf[channel][column] * self.coef[channel][column, label]) * weight
                weighed[gram] = weighed.get(gram, 0.0) + worth
        return heaviest(weighed, text, BECAUSE)

    def to_bytes(self) -> bytes:
        """One zip of arrays and JSON (numpy's .npz, read back without pickle)."""
        arrays: dict[str, Any] = {"intercept": self.intercept}
        for channel, _cut, _weight in CHANNELS:
            arrays |= {f"idf.{channel}": self.idf[channel], f"coef.{channel}": self.coef[channel].astype(np.float16)}
        head = {
            "format": FORMAT, "labels": self.labels, "temperature": self.temperature, "card": self.card,
            "vocabulary": {name: sorted(columns, key=columns.__getitem__) for name, columns in self.vocabulary.items()},
        }  # fmt: skip
        arrays["head"] = np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), np.uint8)
        out = io.BytesIO()
        np.savez_compressed(out, **arrays)
        return out.getvalue()

    @classmethod
    def from_bytes(cls, kept: bytes) -> "Classifier":
        """What `to_bytes` kept. Raises Refused `not-a-model`."""
        try:
            with np.load(io.BytesIO(kept), allow_pickle=False) as arrays:
                head = json.loads(arrays["head"].tobytes())
                if head["format"] != FORMAT:
                    raise Refused("not-a-model", f"This model has format {head['format']}; this Yemai reads {FORMAT}.")
                names = [name for name, _cut, _weight in CHANNELS]
                return cls(
                    labels=tuple(head["labels"]),
                    vocabulary={name: {gram: at for at, gram in enumerate(head["vocabulary"][name])} for name in names},
                    idf={name: arrays[f"idf.{name}"] for name in names},
                    coef={name: arrays[f"coef.{name}"].astype(np.float32) for name in names},
                    intercept=arrays["intercept"],
                    temperature=float(head["temperature"]),
                    card=head["card"],
                )
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise Refused("not-a-model", "This file is not a model that `yemai triage train` wrote.") from error


def softmax(margins: NDArray[Any], temperature: float) -> NDArray[np.float64]:
    """Shares that sum to one by row, shape as `margins` (rows, classes)."""
    scaled = np.asarray(margins, np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    share = np.exp(scaled)
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def plain(text: str) -> str:
    """A text stripped of what is no word, to tell equal messages."""
    return re.sub(r"\W+", "", text)


def labels_of(found: Sequence[list[Proposal]]) -> list[str]:
    """The first class of each, "" where nothing was proposed."""
    return [proposals[0].label if proposals else "" for proposals in found]
