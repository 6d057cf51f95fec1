"""Tables of the closed loop; constraints repeat what the rules say."""

from .case import Assignment, Case, Disposer, NumberSeries
from .catalogue import Catalogue, Category, FilingCondition
from .decisions import Consultation, Score, ScoreInvitation, StepRequest
from .hot import HotCase, HotIssue, HotNight, HotRefusal
from .story import CasePhoto, Contact, StoryStep

__all__ = [
    "Assignment",
    "Case",
    "CasePhoto",
    "Catalogue",
    "Category",
    "Consultation",
    "Contact",
    "Disposer",
    "FilingCondition",
    "HotCase",
    "HotIssue",
    "HotNight",
    "HotRefusal",
    "NumberSeries",
    "Score",
    "ScoreInvitation",
    "StepRequest",
    "StoryStep",
]
