"""Reading boundaries as people have them: GeoJSON, zipped shapefile, GeoPackage, KML (GDAL inside pyogrio's wheel), sheets."""

import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from django.utils.translation import gettext as _

from yemai.base.sheets import open_table
from yemai.kernel.refusals import Refused

SHEETS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods")
SHAPES = (".geojson", ".json", ".zip", ".gpkg", ".kml", ".kmz", ".shp", ".topojson", ".fgb")
CUT_OFF = 20
"""Names cut off in the middle of a character are rare: more than one broken byte in so many is another encoding."""
Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Rows:
    """What a file holds: a shape (or None) and text cells for each row, as the file has them.

    `crs` is what the file itself says of its coordinates ("EPSG:4326"), "" where it says nothing.
    """

    shapes: Geometries
    fields: dict[str, list[str]]
    crs: str

    def __len__(self) -> int:
        return len(self.shapes)

    def column(self, name: str) -> list[str]:
        """A column by its name, upper or lower case alike. Raises Refused `no-such-column` naming those there are."""
        if name in self.fields:
            return self.fields[name]
        for field, cells in self.fields.items():
            if field.lower() == name.lower():
                return cells
        what = {"name": name, "there": "、".join(self.fields) or "-"}
        raise Refused("no-such-column", _("文件里没有“%(name)s”这一列。有的是：%(there)s。") % what, status=422)


def read_rows(path: Path, *, layer: str | None = None) -> Rows:
    """Every row of a file. Raises Refused `unreadable`, saying what to do."""
    bare = Path(path.stem) if path.suffix.lower() == ".gz" else path
    if bare.suffix.lower() in SHEETS:
        return _from_sheet(path)
    if bare.suffix.lower() not in SHAPES:
        raise Refused(
            "unreadable",
            _("不认识这种文件。请使用 GeoJSON、打包成 .zip 的 shapefile、GeoPackage、KML、.csv 或 .xlsx。"),
            status=422,
        )
    return _from_shapes(path, layer)


def _from_sheet(path: Path) -> Rows:
    table = open_table(path)
    rows = [cells for _number, cells in table.rows()]
    width = len(table.headings)
    cells = [row[:width] + [""] * (width - len(row)) for row in rows]
    fields = {name: [row[at].strip() for row in cells] for at, name in enumerate(table.headings) if name}
    return Rows(np.full(len(rows), None, dtype=object), fields, "")


def _from_shapes(path: Path, layer: str | None) -> Rows:
    import pyogrio  # 100 MB of GDAL: loaded by those who read files alone

    source = _source(path)
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None]
        wanted = [layer] if layer else layers[:1] if path.suffix.lower() not in (".kml", ".kmz") else layers
        if layer and layer not in layers:
            what = {"name": layer, "there": "、".join(layers)}
            raise Refused("no-such-layer", _("文件里没有“%(name)s”这个图层。有的是：%(there)s。") % what, status=422)
        if not wanted:
            raise Refused("unreadable", _("文件里没有图形。请导出含边界的图层再导入。"), status=422)
        parts = [_layer(source, name, _encoding(path)) for name in wanted]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as broken:
        text = _("这个文件打不开：可能损坏，或 shapefile 缺少 .shp、.shx、.dbf 中的一个。请重新导出再导入。")
        raise Refused("unreadable", text, status=422) from broken
    names = list(dict.fromkeys(name for part in parts for name in part.fields))
    return Rows(
        np.concatenate([part.shapes for part in parts]),
        {name: [cell for part in parts for cell in part.fields.get(name, [""] * len(part))] for name in names},
        parts[0].crs,
    )


def _source(path: Path) -> str:
    """GDAL's word for the file; a zip is looked into for its one .shp (or .gpkg, .geojson, .kml)."""
    if path.suffix.lower() == ".gz":
        return f"/vsigzip/{path.resolve()}"
    if path.suffix.lower() != ".zip":
        return str(path)
    inside = [name for name in _names_in(path) if Path(name).suffix.lower() in (".shp", ".gpkg", ".geojson", ".kml")]
    if len(inside) != 1:
        text = _("压缩包里要有且只有一个图层文件（.shp 及其 .shx、.dbf、.prj）。这里有 %(n)d 个。") % {"n": len(inside)}
        raise Refused("unreadable", text, status=422)
    return f"/vsizip/{path.resolve()}/{inside[0]}"


def _names_in(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as packed:
            return [name for name in packed.namelist() if not name.startswith("__MACOSX")]
    except (zipfile.BadZipFile, OSError) as broken:
        raise Refused("unreadable", _("这个压缩包打不开，可能没有传完整，请重新打包再导入。"), status=422) from broken


def _encoding(path: Path) -> str | None:
    """China's shapefiles without a .cpg are written in GBK or, of late, UTF-8; GDAL would take either for Latin."""
    if path.suffix.lower() == ".zip":
        names = _names_in(path)
        if any(name.lower().endswith(".cpg") for name in names):
            return None
        with zipfile.ZipFile(path) as packed:
            told = b"".join(_cells(packed.read(name)) for name in names if name.lower().endswith(".dbf"))
    elif path.suffix.lower() == ".shp" and not path.with_suffix(".cpg").exists():
        dbf = path.with_suffix(".dbf")
        told = _cells(dbf.read_bytes()) if dbf.exists() else b""
    else:
        return None
    broken = told.decode("utf-8", errors="replace").count("\ufffd")
    foreign = sum(byte > 127 for byte in told)
    return "GB18030" if broken * CUT_OFF > foreign else "UTF-8"


def _cells(dbf: bytes) -> bytes:
    """The records of a dBASE table without their heading, whose length stands in its bytes 8 and 9."""
    return dbf[int.from_bytes(dbf[8:10], "little") :]


def _layer(source: str, name: str, encoding: str | None) -> Rows:
    import pyogrio

    def read(encoding: str | None) -> tuple[Any, Any, Any, Any]:
        found: tuple[Any, Any, Any, Any] = pyogrio.raw.read(source, layer=name, encoding=encoding, force_2d=True)
        return found

    is_cut = False
    try:
        meta, _fids, shapes, cells = read(encoding)
    except UnicodeDecodeError:
        is_cut = True
        meta, _fids, shapes, cells = read("ISO-8859-1")
    found = shapely.from_wkb(shapes, on_invalid="ignore") if shapes is not None else np.full(len(cells[0]), None)
    names = [_whole(str(field)) if is_cut else str(field) for field in meta["fields"]]
    columns = [[_text(cell) for cell in column] for column in cells]
    fields = {
        field: [_whole(cell) for cell in column] if is_cut else column
        for field, column in zip(names, columns, strict=True)
    }
    return Rows(np.asarray(found, dtype=object), fields, str(meta["crs"] or ""))


def _whole(text: str) -> str:
    """Words read byte for byte: UTF-8, whose last character dBASE may have cut at the tenth byte of a name, else GB18030."""
    raw = text.encode("latin-1", "ignore")
    for cut in range(4):
        with suppress(UnicodeDecodeError):
            return raw[: len(raw) - cut].decode().strip()
    return raw.decode("gb18030", "ignore").strip()


def _text(cell: Any) -> str:
    if cell is None or cell != cell:  # NaN
        return ""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip()
