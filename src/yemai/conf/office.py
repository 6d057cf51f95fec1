"""How the back office looks and what its pages may load; read by the settings, so it touches nothing but words."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

# The library writes inline styles and scripts and evaluates Alpine.js; everything else stays as strict as elsewhere.
POLICY: dict[str, list[str]] = {
    "default-src": [SELF],
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "frame-ancestors": [NONE],
    "form-action": [SELF],
    "base-uri": [SELF],
    "object-src": [NONE],
}

# Warm grey and the one accent of the tokens (shell/static/yemai/tokens.css), in the library's steps.
WARM = (
    "#faf8f5",
    "#f6f4f0",
    "#e9e5dd",
    "#d8d2c7",
    "#a69f94",
    "#777066",
    "#5d5851",
    "#49453f",
    "#33302c",
    "#23211e",
    "#171513",
)
RED = (
    "#fdf5f4",
    "#fbeeec",
    "#f5d5d1",
    "#ebb0aa",
    "#dc7c74",
    "#c9453d",
    "#b8322a",
    "#96251f",
    "#781c18",
    "#5c1613",
    "#3a0d0b",
)
STEPS = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("叶脉后台"),
    "SITE_HEADER": _("叶脉后台"),
    "SITE_SUBHEADER": "yemai.conf.office_menu.town",
    "SITE_URL": "/",
    "SITE_ICON": {
        "light": lambda request: static("yemai/emblem.svg"),
        "dark": lambda request: static("yemai/emblem.svg"),
    },
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("yemai/emblem.svg")}],
    "STYLES": [lambda request: static("office/office.css")],
    "SCRIPTS": [lambda request: static("office/office.js")],
    "SHOW_HISTORY": "yemai.conf.office_menu.shows_trail",
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "THEME": "light",
    "BORDER_RADIUS": "8px",
    "COLORS": {"base": dict(zip(STEPS, WARM, strict=True)), "primary": dict(zip(STEPS, RED, strict=True))},
    "ENVIRONMENT": "yemai.conf.office_menu.demo_mark",
    "ACCOUNT": {"navigation": [{"title": _("我的"), "link": reverse_lazy("me")}]},
    "SIDEBAR": {
        "show_search": False,
        "command_search": False,
        "show_all_applications": False,
        "navigation": "yemai.conf.office_menu.navigation",
    },
}
