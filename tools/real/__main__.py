"""`./dev real`: build the neighbourhood, replay the messages, print what went in and what came out."""

import argparse
import json
import os
import shutil
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path


def main() -> int:
    """Returns 1 when a message was lost or a story does not hold."""
    repository = Path(__file__).parents[2]
    parser = argparse.ArgumentParser(prog="./dev real", description=__doc__)
    parser.add_argument(
        "--source", type=Path, default=os.environ.get("YEMAI_SHARED_DATA") or repository.parent / "shared" / "data"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=repository / ".yemai" / "real",
        help="where the neighbourhood is built, afresh each time",
    )
    parser.add_argument("--database", help="a PostgreSQL address; it must be empty")
    parser.add_argument("--limit", type=int, help="only the first messages")
    options = parser.parse_args()
    source = Path(options.source)
    if not (source / "complaints_hot.csv").is_file():
        print(f"The real data is not at {source}; name its directory with --source.", file=sys.stderr)
        return 2
    shutil.rmtree(options.data, ignore_errors=True)
    options.data.mkdir(parents=True)
    os.environ["YEMAI_DATA"] = str(options.data)
    if options.database:
        os.environ["YEMAI_DATABASE"] = options.database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yemai.conf.settings")
    return run(source, options.limit)


def run(source: Path, limit: int | None) -> int:
    """The whole of it, in the environment prepared by `main`."""
    import django

    django.setup()
    from django.core.management import call_command

    from yemai.modules.cases.models import Case
    from yemai.modules.cases.queries import first_broken_link
    from yemai.modules.cases.terms import Stage

    from .replay import CHINA, Replay, read, tally
    from .town import build

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    town = build(source, datetime(2011, 1, 1, 9, 0, tzinfo=CHINA))
    built = time.perf_counter() - began
    inside = len(town.microgrids) - town.outside
    print(
        f"Ground: {sum(map(len, town.buildings.values()))} buildings in {len(town.microgrids)} micro-grids, {inside} of 30-80 households, in {built:.1f} s"
    )
    replay = Replay(town, read(source)[:limit])
    told = [0]

    def tell(done: int, of: int) -> None:
        if done >= told[0] + 500:
            told[0] = done
            print(f"  {done}/{of} messages, {time.perf_counter() - began - built:.0f} s", file=sys.stderr)

    began_replay = time.perf_counter()
    replay.run(tell)
    seconds = time.perf_counter() - began_replay
    figures = tally(replay)
    stages = Counter(Case.objects.values_list("stage", flat=True))
    print("By stage: " + ", ".join(f"{Stage(stage).value} {count}" for stage, count in stages.most_common()))
    for name, count in sorted(replay.counts.items()):
        print(f"  {name}: {count}")
    broken = first_broken_link()
    print(f"Story: {'every chain holds' if broken is None else broken}")
    print(f"Answered on time: {figures['on_time_share']:.1%} of what was answered")
    print(f"Time: {seconds:.1f} s, {1000 * seconds / max(1, len(replay.messages)):.1f} ms a message")
    print(json.dumps({**figures, "seconds": round(seconds, 1)}))
    return 1 if figures["lost"] or broken else 0


if __name__ == "__main__":
    sys.exit(main())
