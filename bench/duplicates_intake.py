"""The question at intake among many cases, asked as the desk asks it; started by `bench.duplicates` in a process of its own."""

import json
import random
import sys
import time
from datetime import timedelta

import numpy as np

ASKED = 200
SEED = 20261123
THINGS = (
    "路灯",
    "电梯",
    "垃圾桶",
    "井盖",
    "下水道",
    "广告牌",
    "充电桩",
    "健身器材",
    "单元门",
    "消防通道",
    "绿化带",
    "停车位",
)
FAULTS = ("坏了", "不亮", "没人修", "被占", "漏水", "太吵", "堵了", "满了没人收", "松动", "被压坏")
WHERE = ("楼下", "门口", "河边", "路口", "地下车库", "楼道里", "小区北门", "学校旁", "菜场边", "屋顶")
MORE = (
    "晚上看不清路",
    "老人不方便",
    "已经三天了",
    "打过电话没人来",
    "孩子经过很危险",
    "味道很大",
    "希望尽快处理",
    "物业不管",
)
TEXTS = 7_000


def texts() -> list[str]:
    """So many invented reports."""
    dice = random.Random(SEED)  # noqa: S311 - invented reports, nothing secret
    return [
        f"{dice.choice(WHERE)}{dice.choice(THINGS)}{dice.choice(FAULTS)}，"
        + "，".join(dice.sample(MORE, dice.randint(1, 4)))
        for _ in range(TEXTS)
    ]


def measured(cases: int) -> dict[str, object]:
    """Milliseconds of the question, half of them by a point and half by the micro-grid, half in words said before."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from bench.tiles_town import NOW, built

    from yemai.base.people.actions import appoint, create_person
    from yemai.base.territory.locate import locate
    from yemai.base.territory.models import Node
    from yemai.modules.cases.alike.words import fingerprint
    from yemai.modules.cases.models import Case
    from yemai.modules.cases.queries.alike import alike_for

    some = texts()
    built(1_000, cases, says=[(said, fingerprint(said)) for said in some])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET statement_timeout = 0")
        cursor.execute("ANALYZE")
    person = create_person(actor=None, username="clerk", name="秦", password="叶脉-Bench-2026", now=NOW)  # noqa: S106 - a town that lives for minutes
    appoint(
        actor=None, person=person, post_kind="intake-clerk", node=Node.objects.get(pk=1), now=NOW, valid_from=NOW.date()
    )
    dice = random.Random(SEED + 1)  # noqa: S311 - which are asked
    taken: list[float] = []
    found = 0
    now = NOW + timedelta(minutes=1)
    asked = list(Case.objects.filter(pk__in=dice.sample(range(1, cases + 1), ASKED)).select_related("node__tier"))
    for at, case in enumerate(asked):
        who = get_user_model().objects.get(pk=person.pk)
        text = dice.choice(some) if at % 2 else case.text
        located = locate(case.lon or 0, case.lat or 0)
        node = Node.objects.select_related("tier").get(pk=located.node_id) if located.node_id else case.node
        lon, lat = (case.lon, case.lat) if at % 4 < 2 else (None, None)
        began = time.perf_counter()
        alike = alike_for(who, text=text, lon=lon, lat=lat, node=node, now=now)
        taken.append(1000 * (time.perf_counter() - began))
        found += bool(alike)

    if "--profile" in sys.argv:
        import cProfile

        who = get_user_model().objects.get(pk=person.pk)
        cProfile.runctx(
            "[alike_for(who, text=c.text, lon=c.lon, lat=c.lat, node=c.node, now=now) for c in asked[:50]]",
            {"alike_for": alike_for, "who": who, "asked": asked, "now": now}, {}, sort="cumtime",
        )  # fmt: skip

    def told(times: list[float]) -> dict[str, float]:
        return {
            name: round(float(np.quantile(times, share)), 1)
            for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1))
        }

    return {
        "command": f"python -m bench duplicates --intake {cases}",
        "database": connection.vendor,
        "cases": cases,
        "asked": len(taken),
        "answered": found,
        "seed": SEED,
        "milliseconds_of_the_question": told(taken),
        "aim_milliseconds": 100,
    }  # fmt: skip


if __name__ == "__main__":
    json.dump(measured(int(sys.argv[1])), sys.stdout, ensure_ascii=False)
