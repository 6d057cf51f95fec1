"""Tables of the closed loop; constraints repeat what the rules say."""

from .case import Assignment, Case, Disposer, NumberSeries
from .catalogue import Catalogue, Category, FilingCondition
from .decisions import Consultation, Score, ScoreInvitation, StepRequest
from .hot import HotCase, HotIssue, HotNight, HotRefusal
from .responsibilities import Responsibility, ResponsibilityList
from .story import CasePhoto, Contact, StoryStep
from .templates import ReplyTemplate

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
    "ReplyTemplate",
    "Responsibility",
    "ResponsibilityList",
    "Score",
    "ScoreInvitation",
    "StepRequest",
    "StoryStep",
]
