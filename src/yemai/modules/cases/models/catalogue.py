"""Categories, their filing conditions and limits, in dated generations."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.terms import in_language

from ..terms import Kind, Priority


class Catalogue(models.Model):
    """One generation of categories; a code means something only within its generation."""

    version = models.CharField(_("版本"), max_length=32, unique=True)
    label = models.CharField(_("名称"), max_length=80)
    label_en = models.CharField(_("英文名称"), max_length=80, blank=True)
    basis = models.TextField(_("依据"), blank=True)
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("类别目录")
        verbose_name_plural = _("类别目录")
        ordering = ["-effective_from", "-id"]

    def __str__(self) -> str:
        return f"{in_language(self.label, self.label_en)} {self.version}"


class Category(models.Model):
    """A small class (小类) of events, components or services."""

    catalogue = models.ForeignKey(Catalogue, on_delete=models.PROTECT, related_name="categories")
    kind = models.CharField(_("部件/事件/诉求"), max_length=1, choices=Kind.choices)
    major = models.CharField(_("大类代码"), max_length=2)
    major_name = models.CharField(_("大类"), max_length=40)
    major_name_en = models.CharField(_("大类英文"), max_length=80, blank=True)
    minor = models.CharField(_("小类代码"), max_length=2)
    name = models.CharField(_("小类"), max_length=60)
    name_en = models.CharField(_("小类英文"), max_length=120, blank=True)
    description = models.CharField(_("说明"), max_length=300, blank=True)
    is_extension = models.BooleanField(_("地方扩展"), default=False)
    keywords = models.JSONField(_("关键词"), default=list, blank=True)
    is_active = models.BooleanField(_("使用中"), default=True)
    is_public = models.BooleanField(
        _("上公示栏"),
        default=True,
        help_text=_("涉及个人与家庭的类别（救助、纠纷、治安等）不逐条上墙、不提示给别的居民，只计入总数。"),
    )

    class Meta:
        verbose_name = _("类别")
        verbose_name_plural = _("类别")
        ordering = ["catalogue", "kind", "major", "minor"]
        constraints = [
            models.UniqueConstraint(fields=["catalogue", "kind", "major", "minor"], name="category_code_once"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.name, self.name_en)

    @property
    def major_label(self) -> str:
        """The larger class's name in the language of the page."""
        return in_language(self.major_name, self.major_name_en)

    @property
    def code(self) -> str:
        """Letter, 大类 and 小类, e.g. E0110."""
        return f"{self.kind}{self.major}{self.minor}"


class FilingCondition(models.Model):
    """立案条件: each has its own limit and its own closing condition (GB/T 30428.8)."""

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="conditions")
    text = models.CharField(_("立案条件"), max_length=300)
    priority = models.CharField(_("等级"), max_length=10, choices=Priority.choices, default=Priority.ORDINARY)
    limit = models.CharField(
        _("处置时限"),
        max_length=8,
        help_text=_("数字加单位：UH 紧急工作时、UD 紧急工作日、WH 工作时、WD 工作日、ND 自然日"),
    )
    closing = models.CharField(_("结案条件"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("立案条件")
        verbose_name_plural = _("立案条件")
        ordering = ["category", "position"]

    def __str__(self) -> str:
        return f"{self.text}（{self.limit}）"
