"""How much each thing an answer says counts: the table the score is summed from, and the lengths it is measured by.

Chosen on the study half of the rated replies (`python -m bench answers`), then rounded so that people can read it. A text
is told by what it says, not by its length: forty characters of substance are enough for the full share.
"""

VERSION = 1
"""Goes into the story with every score; a change of this table is a new version."""

WEIGHTS = {
    "substance": 0.20,
    "explained": 0.35,
    "asked": 0.15,
    "named": 0.12,
    "when": 0.10,
    "way": 0.04,
    "figure": 0.04,
}
"""Shares of the score by what is found in the answer, each between 0 and 1; together 1."""

FULL = {"substance": 40, "explained": 2, "asked": 3, "named": 1, "when": 1, "way": 1, "figure": 1}
"""How much of each is enough: characters left when courtesy and hand-over are taken out, else different words; a deed
explains as much as two words of reason."""

TAKEN_OFF = {
    "handed_on": 0.20,
    "planned": 0.15,
    "blanks": 0.15,
    "form_letter": 0.15,
    "repeats": 0.15,
    "long_sentence": 0.03,
    "stiff": 0.03,
}
"""What a fault takes off the sum; the rest of the faults say what the sum lacks already."""

LONG_SENTENCE = 80
"""Characters in a sentence beyond which nobody reads it aloud in one breath."""
STIFF_WORDS = 4
EMPTY_SHARE = 0.6
REPEATED_SHARE = 0.7
ALIKE = 0.8
"""Share of three-character strings two answers have in common from which on they are one form letter."""
GOOD = 0.7
"""From here on an answer may stand as an example."""
