"""Forms of the planning desk."""

from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yemai.base.sheets import open_table
from yemai.base.territory.models import Estate

from .rules.costs import Sizes, Weights
from .rules.joint_branches import NEIGHBOUR_M
from .rules.sites import CIRCLE_M, WALK_M
from .terms import SECONDS, SECONDS_USUAL, STATIONS_MOST, Aim, StationKind

LEANINGS = {
    "even": (_("均衡优先：各组户数尽量接近"), Weights(balance=4.0, walk=0.02, changes=1.0)),
    "usual": (_("兼顾：户数、步行距离、少换队伍一起考虑"), Weights()),
    "walk": (_("就近优先：离组里的中心楼栋尽量近"), Weights(balance=0.5, walk=0.06, changes=1.0)),
    "keep": (_("少动优先：尽量不换现有队伍"), Weights(balance=1.0, walk=0.02, changes=5.0)),
}


class PlanForm(forms.Form):
    """What a plan is asked for."""

    least = forms.IntegerField(label=_("每组最少户数"), min_value=1, max_value=10_000)
    most = forms.IntegerField(label=_("每组最多户数"), min_value=1, max_value=10_000)
    leaning = forms.ChoiceField(
        label=_("侧重"), choices=[(key, words) for key, (words, _weights) in LEANINGS.items()], initial="usual"
    )
    keeps_teams = forms.BooleanField(
        label=_("尽量不动现有队伍"),
        required=False,
        initial=True,
        help_text=_("按楼栋现在所在的微网格计算换了队伍的户数。"),
    )
    crosses_estates = forms.BooleanField(
        label=_("可以跨小区"), required=False, help_text=_("不勾选时，一个组不会跨出小区；任何组都不会跨出村居。")
    )
    seconds = forms.TypedChoiceField(
        label=_("最多计算多久"), coerce=int, initial=SECONDS_USUAL,
        choices=[(one, _("%(n)d 秒") % {"n": one}) for one in SECONDS],
    )  # fmt: skip

    def __init__(self, *args: Any, sizes: Sizes | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sizes is not None:
            self.fields["least"].initial, self.fields["most"].initial = sizes.least, sizes.most

    def clean(self) -> dict[str, Any]:
        """The range in order."""
        given = super().clean() or {}
        if "least" in given and "most" in given and given["least"] > given["most"]:
            self.add_error("most", _("最多户数不能小于最少户数。"))
        return given

    def asked(self) -> dict[str, Any]:
        """As `actions.ask_plan` takes it."""
        given = self.cleaned_data
        weights = LEANINGS[given["leaning"]][1]
        return {
            "least": given["least"], "most": given["most"], "keeps_teams": given["keeps_teams"],
            "crosses_estates": given["crosses_estates"], "seconds": given["seconds"],
            "weights": {
                "balance": weights.balance, "walk": weights.walk,
                "changes": weights.changes if given["keeps_teams"] else 0.0,
            },
        }  # fmt: skip


class StationForm(forms.Form):
    """One station."""

    name = forms.CharField(label=_("名称"), max_length=80)
    kind = forms.ChoiceField(label=_("类型"), choices=StationKind.choices, initial=StationKind.SERVICE)
    ground = forms.CharField(label=_("属地"), widget=forms.Select)
    lon = forms.FloatField(label=_("经度"), min_value=-180, max_value=180)
    lat = forms.FloatField(label=_("纬度"), min_value=-90, max_value=90)


class SitesForm(forms.Form):
    """Where the next stations should stand."""

    ground = forms.CharField(label=_("范围"), widget=forms.Select)
    walk_m = forms.TypedChoiceField(
        label=_("走得到的距离"), coerce=float, initial=str(WALK_M),
        choices=[(str(WALK_M), _("步行 500 米")), (str(CIRCLE_M), _("1 平方公里的圆（半径 564 米）"))],
    )  # fmt: skip
    aim = forms.ChoiceField(label=_("目标"), choices=Aim.choices, initial=Aim.COVER)
    count = forms.IntegerField(
        label=_("再建几个"), min_value=0, max_value=STATIONS_MOST, initial=3, help_text=_("填 0 只看现状。")
    )


class BranchesForm(forms.Form):
    """Full members of each estate, typed or as a table; no names of persons."""

    neighbour_m = forms.IntegerField(
        label=_("多远算邻近（米）"), min_value=50, max_value=5_000, initial=int(NEIGHBOUR_M)
    )
    file = forms.FileField(
        label=_("上传人数表"), required=False,
        help_text=_(".xlsx 或 .csv，两列：小区、正式党员。只要人数，不要姓名。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip


ESTATE_WORDS = ("小区", "小区名称", "名称", "estate", "name")
MEMBER_WORDS = ("正式党员", "正式党员数", "正式党员人数", "党员数", "人数", "members", "full_members", "full members")
MEMBERS_MOST = 100_000


def counts_in(path: Path, estates: list[Estate]) -> tuple[dict[int, int], list[tuple[int, str, str]]]:
    """Full members by estate id from a table, and [row, words, why] of each row that was not taken.

    Raises Refused for a file that can't be read.
    """
    table = open_table(path, (*ESTATE_WORDS, *MEMBER_WORDS))
    lower = [heading.lower() for heading in table.headings]
    named = next((at for at, one in enumerate(lower) if one in ESTATE_WORDS), None)
    counted = next((at for at, one in enumerate(lower) if one in MEMBER_WORDS), None)
    if named is None or counted is None:
        return {}, [(table.heading_row, "、".join(table.headings), str(_("没有“小区”和“正式党员”两列")))]
    by_name: dict[str, list[int]] = {}
    for estate in estates:
        by_name.setdefault(estate.name, []).append(estate.pk)
    counts: dict[int, int] = {}
    refused: list[tuple[int, str, str]] = []
    for number, cells in table.rows():
        name = cells[named].strip() if named < len(cells) else ""
        members = cells[counted].strip() if counted < len(cells) else ""
        known = by_name.get(name, [])
        if len(known) != 1:
            why = _("有几个小区同名，请在下表填写") if known else _("没有这个小区，或不在所选范围")
            refused.append((number, name, str(why)))
        elif not members.isdecimal() or int(members) > MEMBERS_MOST:
            refused.append((number, name, str(_("人数不是整数"))))
        elif known[0] in counts:
            refused.append((number, name, str(_("这个小区出现了两次，取第一次"))))
        else:
            counts[known[0]] = int(members)
    return counts, refused
