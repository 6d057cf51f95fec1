"""Remake static/vendor from npm packages: `python tools/vendor.py`. Records name, version, licence and SHA-256 of each file."""

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

ICONS = [
    "arrow-left",
    "arrow-repeat",
    "bell",
    "box-arrow-in-right",
    "box-arrow-right",
    "building",
    "camera",
    "chat-dots",
    "check-circle",
    "clipboard-check",
    "clock",
    "cloud-slash",
    "crosshair",
    "diagram-3",
    "download",
    "exclamation-triangle",
    "files",
    "funnel",
    "gear",
    "geo-alt",
    "globe",
    "house",
    "inbox",
    "journal-text",
    "list",
    "people",
    "person-circle",
    "person-walking",
    "pin-map",
    "plus-lg",
    "printer",
    "qr-code",
    "search",
    "send",
    "shield-check",
    "signpost-split",
    "sliders",
    "star",
    "telephone",
    "three-dots",
    "translate",
    "type",
    "upload",
    "x-lg",
]
"""The icons in use; the whole sprite would weigh more than every page together."""
TARGET = Path(__file__).parents[1] / "src/yemai/shell/static/vendor"
PACKAGES: dict[str, tuple[str, str, dict[str, str]]] = {
    "bootstrap": (
        "5.3.9",
        "MIT",
        {"dist/css/bootstrap.min.css": "bootstrap/bootstrap.min.css", "LICENSE": "bootstrap/LICENSE.txt"},
    ),
    "htmx.org": ("2.0.11", "0BSD", {"dist/htmx.min.js": "htmx/htmx.min.js", "LICENSE": "htmx/LICENSE.txt"}),
    "maplibre-gl": (
        "5.24.1",
        "BSD-3-Clause",
        {
            "dist/maplibre-gl-csp.js": "maplibre/maplibre-gl-csp.js",
            "dist/maplibre-gl-csp-worker.js": "maplibre/maplibre-gl-csp-worker.js",
            "dist/maplibre-gl.css": "maplibre/maplibre-gl.css",
            "LICENSE.txt": "maplibre/LICENSE.txt",
        },
    ),
    "bootstrap-icons": (
        "1.13.1",
        "MIT",
        {"bootstrap-icons.svg": "icons/bootstrap-icons.svg", "LICENSE": "icons/LICENSE.txt"},
    ),
}


def trimmed(sprite: str) -> str:
    """The sprite with the icons in use. Raises KeyError for one that is not in it."""
    found = {match[1]: match[0] for match in re.finditer(r'<symbol[^>]*id="([^"]+)".*?</symbol>', sprite, re.DOTALL)}
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(found[name] for name in ICONS) + "\n</svg>\n"


def main() -> None:
    """Fetch, unpack, copy, record."""
    shutil.rmtree(TARGET, ignore_errors=True)
    record = []
    for name, (version, licence, files) in PACKAGES.items():
        with tempfile.TemporaryDirectory() as room:
            subprocess.run(  # noqa: S603 - a maintainer's tool, no input from outside
                ["npm", "pack", "--silent", f"{name}@{version}"],  # noqa: S607 - npm as it is found
                cwd=room,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            with tarfile.open(next(Path(room).glob("*.tgz"))) as archive:
                archive.extractall(room, filter="data")
            hashes = {}
            for source, place in files.items():
                body = (Path(room) / "package" / source).read_text("utf-8")
                body = (
                    "\n".join(
                        line
                        for line in body.splitlines()
                        if not line.startswith(("//# sourceMappingURL", "/*# sourceMappingURL"))
                    )
                    + "\n"
                )
                if source == "bootstrap-icons.svg":
                    body = trimmed(body)
                target = TARGET / place
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(body, "utf-8")
                hashes[place] = hashlib.sha256(target.read_bytes()).hexdigest()
        record.append({"name": name, "version": version, "licence": licence, "files": hashes})
    (TARGET / "VENDORED.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
