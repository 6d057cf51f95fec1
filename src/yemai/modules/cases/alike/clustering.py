"""Messages that say the same of the same place: average linkage over a window of messages. For the worker alone.

numpy, scipy and scikit-learn are loaded here and nowhere else in this room: a process that answers pages must not pay for
them. Costs: for n messages n * n * 8 bytes (n = 5,000: 200 MB at the worst moment) and the square of n in time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.feature_extraction.text import TfidfVectorizer

from .words import BODY, head_of, normal

HEAD_SHARE = 0.7
"""What the title (or first words) counts for; the rest is the text."""
BLOCK = 256
METRES_PER_DEGREE = 111_320.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Message:
    """One case as it is compared; the point (WGS-84 degrees) may be missing."""

    key: int
    head: str
    body: str
    said: str
    """Title and text in full: what a group is named from."""
    lon: float | None = None
    lat: float | None = None


def message(
    key: int,
    title: str,
    text: str,
    lon: float | None = None,
    lat: float | None = None,
    places: Sequence[str] = (),
) -> Message:
    """A message from what a case says.

    `places` are names of the ground it lies on. Where its point is known, place is compared as place and these names are
    left out of the words: a lift and a lamp of one estate are not alike because both reports name the estate.
    """
    said = f"{head_of(title, text)} {normal(text)[:BODY]}"
    title, text = normal(title), normal(text)
    if lon is not None:
        for name in sorted(filter(None, map(normal, places)), key=len, reverse=True):
            title, text = title.replace(name, ""), text.replace(name, "")
    return Message(key, head_of(title, text), text, said, lon, lat)


def clusters(messages: Sequence[Message], *, likeness: float, metres: float) -> list[list[int]]:
    """Keys of messages that belong together, two or more, ascending; in the order of their lowest key.

    Two groups become one while the average likeness between their messages is at least `likeness` (0 to 1). Messages
    further apart than `metres` count as less alike, beyond twice that as not at all; where a place is missing words decide.
    The order in which messages come does not matter. A message without words belongs to nothing.
    """
    return Tree(messages, metres=metres).cut(likeness)


class Tree:
    """Messages joined two by two, the most alike first; cut at any likeness."""

    def __init__(self, messages: Sequence[Message], *, metres: float) -> None:
        self.some = sorted((one for one in messages if one.body), key=lambda one: one.key)
        self.links = linkage(_distances(self.some, metres), "average") if len(self.some) > 1 else None

    def cut(self, likeness: float) -> list[list[int]]:
        """As `clusters`."""
        if self.links is None:
            return []
        labels = fcluster(self.links, 1 - likeness, "distance")
        order = np.argsort(labels, kind="stable")
        edges = [int(at) + 1 for at in np.flatnonzero(np.diff(labels[order]))]
        found = [[self.some[at].key for at in order[low:high]] for low, high in pairwise([0, *edges, len(self.some)])]
        return sorted(one for one in found if len(one) > 1)


def _distances(some: Sequence[Message], metres: float) -> Floats:
    """1 - likeness of every pair, in the order scipy calls condensed."""
    n = len(some)
    vectors = _vectors(some)
    same = np.unique([one.body for one in some], return_inverse=True)[1]
    lons = np.array([np.nan if one.lon is None else one.lon for one in some])
    lats = np.array([np.nan if one.lat is None else one.lat for one in some])
    found = np.empty(n * (n - 1) // 2)
    filled = 0
    turned = vectors.T.tocsc()
    for low in range(0, n - 1, BLOCK):
        rows = np.arange(low, min(low + BLOCK, n - 1))
        alike = (vectors[rows] @ turned).toarray()
        alike[same[rows][:, None] == same[None, :]] = 1.0
        alike *= _nearness(lons, lats, rows, metres)
        for at, row in enumerate(rows.tolist()):
            found[filled : filled + n - row - 1] = 1 - alike[at, row + 1 :]
            filled += n - row - 1
    return np.clip(found, 0.0, 1.0, out=found)


def _vectors(some: Sequence[Message]) -> Any:
    parts = []
    for share, texts in (
        (HEAD_SHARE, [one.head for one in some]),
        (1 - HEAD_SHARE, [one.body[:BODY] for one in some]),
    ):
        count = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True, token_pattern=None)
        try:
            parts.append(count.fit_transform(texts) * np.sqrt(share))
        except ValueError:  # nobody says two characters
            parts.append(sparse.csr_matrix((len(some), 1)))
    return sparse.hstack(parts).tocsr()


def _nearness(lons: Floats, lats: Floats, rows: npt.NDArray[np.int64], metres: float) -> Floats:
    """1 up to `metres`, falling to 0 at twice that; 1 where either has no place."""
    north = (lats[None, :] - lats[rows][:, None]) * METRES_PER_DEGREE
    east = (lons[None, :] - lons[rows][:, None]) * METRES_PER_DEGREE * np.cos(np.radians(lats[rows][:, None]))
    near = np.clip(2 - np.hypot(north, east) / metres, 0.0, 1.0)
    return np.where(np.isnan(near), 1.0, near)
