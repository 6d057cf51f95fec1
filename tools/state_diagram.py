"""Remake docs/closed-loop.md from STEPS: `python tools/state_diagram.py`; a test keeps it current."""

import os
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs/closed-loop.md"


def page() -> str:
    """The page: the diagram of stages, then every verb with its row."""
    from django.utils.translation import override

    from yemai.modules.cases.steps import STEPS
    from yemai.modules.cases.terms import Stage, Verb

    lines = [
        "# The closed loop, drawn from its table",
        "",
        "Made by `python tools/state_diagram.py` from `STEPS` in `src/yemai/modules/cases/steps.py`; do not edit by hand.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {Stage.REPORTED.value}: {Verb.REPORT.value}",
    ]
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in STEPS.values():
        targets = [row.reaches] if row.reaches else []
        for target in [*targets, *sorted(row.also)]:
            for stage in sorted(row.leaves):
                if stage != target:
                    arrows.setdefault((stage, target), []).append(row.verb.value)
    lines += [f"    {a} --> {b}: {' / '.join(verbs)}" for (a, b), verbs in sorted(arrows.items())]
    lines += [f"    {stage.value} --> [*]" for stage in (Stage.CLOSED, Stage.MERGED, Stage.VOIDED)]
    lines += ["```", "", "| stage | 中文 |", "| --- | --- |"]
    with override("zh-hans"):
        lines += [f"| `{stage.value}` | {stage.label} |" for stage in Stage]
        lines += [
            "",
            "| verb | 中文 | leaves | reaches | who may | never | demands | takes besides | clock |",
            "| --- " * 9 + "|",
        ]
        for row in STEPS.values():
            reaches = [row.reaches.value] if row.reaches else ["stays"]
            reaches += [stage.value for stage in sorted(row.also)]
            cells = (
                f"`{row.verb.value}`",
                str(row.verb.label),
                ", ".join(sorted(stage.value for stage in row.leaves)) or "nothing",
                " or ".join(reaches),
                ", ".join(sorted(who.value for who in row.who)),
                ", ".join(sorted(who.value for who in row.never)),
                ", ".join(row.demands),
                ", ".join(row.asks),
                row.clock.value,
            )
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yemai.conf.settings")
    import django

    django.setup()
    PAGE.write_text(page(), "utf-8")
