"""Tables of the ground; a node is dated and never deleted, its path makes a subtree one indexed range."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .terms import AliasKind, CodeSegment, NodeKind, Topic, in_language

ON_EARTH = Q(lon__isnull=True, lat__isnull=True) | Q(lon__range=(-180, 180), lat__range=(-90, 90))


class Tier(models.Model):
    """One rung of the ladder (镇总网格, 村居网格, 微网格 ...); number and labels are data."""

    depth = models.PositiveSmallIntegerField(_("层级"), unique=True)
    key = models.SlugField(_("键"), max_length=40, unique=True)
    label = models.CharField(_("名称"), max_length=40)
    label_en = models.CharField(_("英文名称"), max_length=60, blank=True, default="")
    head_label = models.CharField(_("负责人称谓"), max_length=40, blank=True, default="")
    head_label_en = models.CharField(_("负责人英文称谓"), max_length=60, blank=True, default="")
    is_settling = models.BooleanField(_("事件落在此层"), default=False)
    code_segment = models.CharField(_("编码段"), max_length=10, choices=CodeSegment.choices, default=CodeSegment.GRID)
    households_min = models.PositiveIntegerField(_("户数下限"), null=True, blank=True)
    households_max = models.PositiveIntegerField(_("户数上限"), null=True, blank=True)

    class Meta:
        verbose_name = _("层级")
        verbose_name_plural = _("层级")
        ordering = ["depth"]
        constraints = [
            models.UniqueConstraint(fields=["is_settling"], condition=Q(is_settling=True), name="tier_one_settling"),
            models.CheckConstraint(
                condition=Q(households_min__isnull=True)
                | Q(households_max__isnull=True)
                | Q(households_min__lte=F("households_max")),
                name="tier_households_range",
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.label, self.label_en)


class Node(models.Model):
    """A piece of ground from one day on, until another (`valid_to` is the first day it is no more)."""

    code = models.CharField(_("代码"), max_length=40, unique=True)
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="nodes", verbose_name=_("层级"))
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children", verbose_name=_("上级")
    )
    path = models.CharField(max_length=120, unique=True, editable=False)
    name = models.CharField(_("名称"), max_length=80)
    name_en = models.CharField(_("英文名称"), max_length=120, blank=True, default="")
    kind = models.CharField(_("类型"), max_length=10, choices=NodeKind.choices, default=NodeKind.GENERAL)
    households = models.PositiveIntegerField(_("户数"), default=0)
    boundary = models.BinaryField(_("边界"), null=True, blank=True, editable=False)
    min_lon = models.FloatField(null=True, blank=True, editable=False)
    min_lat = models.FloatField(null=True, blank=True, editable=False)
    max_lon = models.FloatField(null=True, blank=True, editable=False)
    max_lat = models.FloatField(null=True, blank=True, editable=False)
    lon = models.FloatField(_("经度"), null=True, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    public_text = models.TextField(_("责任区域与职责（公示）"), blank=True, default="")
    valid_from = models.DateField(_("启用日期"))
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)
    attributes = models.JSONField(_("其他属性"), default=dict, blank=True)

    class Meta:
        verbose_name = _("网格")
        verbose_name_plural = _("网格")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="node_dates_in_order"
            ),
            models.CheckConstraint(condition=ON_EARTH, name="node_point_on_earth"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="node_not_its_own_parent"),
        ]
        indexes = [
            models.Index(fields=["tier", "path"], name="node_tier_path"),
            models.Index(fields=["valid_to", "path"], name="node_open_path"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.name, self.name_en)


class NodeAlias(models.Model):
    """Another word for a node: a code of another system or of a predecessor, a former or everyday name."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="aliases")
    kind = models.CharField(_("类型"), max_length=4, choices=AliasKind.choices)
    value = models.CharField(_("别名"), max_length=80)
    valid_from = models.DateField(_("起始日期"), null=True, blank=True)
    valid_to = models.DateField(_("终止日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("网格别名")
        verbose_name_plural = _("网格别名")
        constraints = [
            models.UniqueConstraint(fields=["value"], condition=Q(kind="code"), name="node_alias_code_once"),
            models.UniqueConstraint(fields=["node", "kind", "value", "valid_from"], name="node_alias_once"),
        ]
        indexes = [models.Index(fields=["value"], name="node_alias_value")]

    def __str__(self) -> str:
        return self.value


class Succession(models.Model):
    """`after` took over the ground (or a part of it) of `before` on a day: moved, split, merged or redrawn."""

    before = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="followed_by")
    after = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="follows")
    on = models.DateField(_("日期"))

    class Meta:
        verbose_name = _("沿革")
        verbose_name_plural = _("沿革")
        constraints = [
            models.UniqueConstraint(fields=["before", "after"], name="succession_once"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="succession_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.before_id} -> {self.after_id}"


class Estate(models.Model):
    """小区: a named compound; its node is the lowest one that holds all of it."""

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="estates", verbose_name=_("属地"))
    name = models.CharField(_("小区"), max_length=80)
    lon = models.FloatField(_("经度"), null=True, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    ended_on = models.DateField(_("注销日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("小区")
        verbose_name_plural = _("小区")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["node", "name"], condition=Q(ended_on__isnull=True), name="estate_name_once_in_node"
            ),
            models.CheckConstraint(condition=ON_EARTH, name="estate_point_on_earth"),
        ]

    def __str__(self) -> str:
        return self.name


class Building(models.Model):
    """楼栋: stands in one micro-grid, alone or in an estate."""

    estate = models.ForeignKey(
        Estate, null=True, blank=True, on_delete=models.PROTECT, related_name="buildings", verbose_name=_("小区")
    )
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="buildings", verbose_name=_("微网格"))
    name = models.CharField(_("楼栋"), max_length=80)
    code = models.CharField(_("代码"), max_length=40, blank=True, default="")
    floors = models.PositiveSmallIntegerField(_("层数"), null=True, blank=True)
    households = models.PositiveIntegerField(_("户数"), default=0)
    footprint = models.BinaryField(_("轮廓"), null=True, blank=True, editable=False)
    lon = models.FloatField(_("经度"), null=True, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    ended_on = models.DateField(_("注销日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("楼栋")
        verbose_name_plural = _("楼栋")
        ordering = ["estate", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["estate", "name"], condition=Q(ended_on__isnull=True), name="building_name_once_in_estate"
            ),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="building_code_once"),
            models.CheckConstraint(condition=ON_EARTH, name="building_point_on_earth"),
        ]
        indexes = [models.Index(fields=["lat", "lon"], name="building_lat_lon")]

    def __str__(self) -> str:
        return self.name


class Entrance(models.Model):
    """单元: one stairwell of a building."""

    building = models.ForeignKey(Building, on_delete=models.CASCADE, related_name="entrances")
    name = models.CharField(_("单元"), max_length=40)

    class Meta:
        verbose_name = _("单元")
        verbose_name_plural = _("单元")
        constraints = [models.UniqueConstraint(fields=["building", "name"], name="entrance_name_once")]

    def __str__(self) -> str:
        return self.name


class AddressAlias(models.Model):
    """Other words residents use for an estate or a building (a former name, a road and door number)."""

    text = models.CharField(_("别名"), max_length=80)
    estate = models.ForeignKey(Estate, null=True, blank=True, on_delete=models.CASCADE, related_name="aliases")
    building = models.ForeignKey(Building, null=True, blank=True, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        verbose_name = _("地址别名")
        verbose_name_plural = _("地址别名")
        constraints = [
            models.UniqueConstraint(fields=["text", "estate"], name="address_alias_estate_once"),
            models.UniqueConstraint(fields=["text", "building"], name="address_alias_building_once"),
            models.CheckConstraint(
                condition=Q(estate__isnull=True, building__isnull=False)
                | Q(estate__isnull=False, building__isnull=True),
                name="address_alias_of_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["text"], name="address_alias_text")]

    def __str__(self) -> str:
        return self.text


class Door(models.Model):
    """The QR on a door: opens the report page with the place already known."""

    token = models.CharField(max_length=40, unique=True, editable=False)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="doors", verbose_name=_("网格"))
    building = models.ForeignKey(
        Building, null=True, blank=True, on_delete=models.SET_NULL, related_name="doors", verbose_name=_("楼栋")
    )
    label = models.CharField(_("张贴位置"), max_length=80, blank=True, default="")
    revoked_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("门牌码")
        verbose_name_plural = _("门牌码")

    def __str__(self) -> str:
        return self.label or f"{self.node_id}"


class Revision(models.Model):
    """Changes whenever the ground or the address book does, so every process knows to rebuild its index.

    A random token, not a counter: a rolled back transaction must not let an old number return with other content.
    """

    topic = models.CharField(max_length=10, choices=Topic.choices, unique=True)
    token = models.CharField(max_length=32)

    class Meta:
        verbose_name = _("索引版本")
        verbose_name_plural = _("索引版本")

    def __str__(self) -> str:
        return f"{self.topic} {self.token}"
