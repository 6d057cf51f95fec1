"""Tables of people: accounts, departments, kinds of posts, appointments and absences."""

from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.territory.terms import in_language

from .terms import DepartmentKind, Relation, Size, Team


class People(BaseUserManager["Person"]):
    """Makes accounts for Django's own commands and for the actions of this app."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "Person":
        """A person who may sign in; without a password only through another identity provider."""
        person = self.model(username=self.model.normalize_username(username), **fields)
        person.email = self.normalize_email(person.email).lower()
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "Person":
        """The first administrator of a deployment (`createsuperuser`)."""
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class Person(AbstractBaseUser, PermissionsMixin):
    """Someone with an account; what they may do comes from their posts, never from here.

    `is_staff` opens the back office. The phone number is stored sealed, `phone_blind` finds it again without
    unsealing (empty when unknown).
    """

    username = models.CharField(
        _("用户名"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("这个用户名已有人使用。")},
    )
    name = models.CharField(_("姓名"), max_length=60)
    name_en = models.CharField(_("英文姓名"), max_length=120, blank=True)
    phone_sealed = models.TextField(_("手机号（密文）"), blank=True, editable=False)
    phone_blind = models.CharField(_("手机号索引"), max_length=64, blank=True, db_index=True, editable=False)
    email = models.EmailField(_("电子邮箱"), blank=True)
    is_active = models.BooleanField(_("可登录"), default=True)
    is_staff = models.BooleanField(_("可进入后台"), default=False)
    locale = models.CharField(_("语言"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    size = models.CharField(_("字号"), max_length=8, choices=Size.choices, default=Size.NORMAL)
    joined_at = models.DateTimeField(_("加入时间"), default=timezone.now)

    objects = People()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("人员")
        verbose_name_plural = _("人员")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="people_person_email_once",
                condition=~Q(email=""),
                violation_error_message=_("这个邮箱已登记在另一人名下。"),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.name, self.name_en)

    def get_full_name(self) -> str:
        """The name shown by Django and the back office."""
        return self.label

    def get_short_name(self) -> str:
        """Same as the full name: Chinese names have no short form we may guess."""
        return self.label


class Department(models.Model):
    """A unit cases are dispatched to: a line department, a property company, a utility."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    name_en = models.CharField(_("英文名称"), max_length=120, blank=True)
    kind = models.CharField(_("类型"), max_length=10, choices=DepartmentKind.choices, default=DepartmentKind.LINE)
    node = models.ForeignKey(
        "territory.Node", on_delete=models.PROTECT, related_name="departments", verbose_name=_("服务的镇街")
    )
    is_active = models.BooleanField(_("使用中"), default=True)

    class Meta:
        verbose_name = _("部门")
        verbose_name_plural = _("部门")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.name, self.name_en)


class PostKind(models.Model):
    """A kind of post: where it may be held, which permissions and duties come with it.

    `permissions` are what its holder may do; `grants` what its holder may hand out by appointing others although
    they do not hold it themselves (a system administrator staffs the loop without ever seeing a case).
    An ex-officio post names the post it derives from and whether it sits on the same node or the one above.
    """

    key = models.SlugField(_("标识"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=40)
    name_en = models.CharField(_("英文名称"), max_length=80, blank=True)
    tier_key = models.SlugField(_("所在层级"), max_length=40, null=True, blank=True)  # noqa: DJ001 - null: any tier
    for_department = models.BooleanField(_("部门岗位"), default=False)
    team = models.CharField(_("队伍"), max_length=10, choices=Team.choices, default=Team.NONE)
    permissions = models.JSONField(_("权限"), default=list, blank=True)
    grants = models.JSONField(_("可授予的权限"), default=list, blank=True)
    duties_text = models.TextField(_("岗位职责"), blank=True)
    is_public = models.BooleanField(_("上墙公示"), default=False)
    derived_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="derives", verbose_name=_("由此岗位兼任")
    )
    derived_relation = models.CharField(_("兼任所在"), max_length=6, choices=Relation.choices, default=Relation.SAME)
    rank = models.PositiveSmallIntegerField(_("排序"), default=100)

    class Meta:
        verbose_name = _("岗位")
        verbose_name_plural = _("岗位")
        ordering = ["rank", "key"]
        constraints = [
            models.CheckConstraint(
                name="people_postkind_not_from_itself",
                condition=Q(derived_from__isnull=True) | ~Q(derived_from=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.name, self.name_en)


class Appointment(models.Model):
    """A person holding a post on a node or in a department, from `valid_from` until the day before `valid_to`.

    Ending a post today ends its reach today, hence the open end. `derived_from` is the appointment an ex-officio
    post comes from; it starts and ends with that one.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("人员"))
    post_kind = models.ForeignKey(
        PostKind, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("岗位")
    )
    node = models.ForeignKey(
        "territory.Node",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="appointments",
        verbose_name=_("网格"),
    )
    department = models.ForeignKey(
        Department,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="appointments",
        verbose_name=_("部门"),
    )
    duties = models.JSONField(_("四大员职责"), default=list, blank=True)
    public_phone = models.CharField(_("公示电话"), max_length=30, blank=True)
    valid_from = models.DateField(_("任职日期"))
    valid_to = models.DateField(_("离任日期"), null=True, blank=True)
    derived_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="derives", verbose_name=_("因何岗位兼任")
    )

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        ordering = ["post_kind__rank", "valid_from", "id"]
        indexes = [
            models.Index(fields=["node", "valid_to"], name="people_appointment_node"),
            models.Index(fields=["person", "valid_to"], name="people_appointment_person"),
        ]
        constraints = [
            models.CheckConstraint(
                name="people_appointment_one_place",
                condition=Q(node__isnull=False, department__isnull=True)
                | Q(node__isnull=True, department__isnull=False),
            ),
            models.CheckConstraint(
                name="people_appointment_dates",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
            models.UniqueConstraint(
                name="people_appointment_node_once",
                fields=["person", "post_kind", "node"],
                condition=Q(valid_to__isnull=True, node__isnull=False, derived_from__isnull=True),
            ),
            models.UniqueConstraint(
                name="people_appointment_department_once",
                fields=["person", "post_kind", "department"],
                condition=Q(valid_to__isnull=True, department__isnull=False, derived_from__isnull=True),
            ),
            models.UniqueConstraint(
                name="people_appointment_derived_once",
                fields=["derived_from", "post_kind"],
                condition=Q(valid_to__isnull=True, derived_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.post_kind} · {self.node or self.department}"


class Absence(models.Model):
    """A person away from `from_at` until `to_at`; the deputy acts with their reach for that time."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences", verbose_name=_("人员"))
    deputy = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="deputised",
        verbose_name=_("代理人"),
    )
    reason = models.CharField(_("事由"), max_length=120, blank=True)
    from_at = models.DateTimeField(_("开始时间"))
    to_at = models.DateTimeField(_("结束时间"))

    class Meta:
        verbose_name = _("请假与代理")
        verbose_name_plural = _("请假与代理")
        ordering = ["-from_at"]
        indexes = [
            models.Index(fields=["person", "to_at"], name="people_absence_person"),
            models.Index(fields=["deputy", "to_at"], name="people_absence_deputy"),
        ]
        constraints = [
            models.CheckConstraint(name="people_absence_dates", condition=Q(to_at__gt=F("from_at"))),
            models.CheckConstraint(
                name="people_absence_not_own_deputy",
                condition=Q(deputy__isnull=True) | ~Q(deputy=F("person")),
            ),
        ]

    def __str__(self) -> str:
        begins, ends = timezone.localtime(self.from_at), timezone.localtime(self.to_at)
        return f"{self.person} {begins:%Y-%m-%d %H:%M} - {ends:%Y-%m-%d %H:%M}"
