"""`trapwatch import` as a person runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from core.db import Connection
from tests.store.complaints.conftest import SAMPLES

ROOT = Path(__file__).parents[3]


def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TRAPWATCH_")}
    return subprocess.run(
        [sys.executable, "-m", "trapwatch", "import", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment | {"TRAPWATCH_DATABASE__URL": url, "PYTHONUTF8": "1"},
        timeout=120,
        check=False,
    )


def test_complaints(county: Connection, database_url: str, tmp_path: Path) -> None:
    sample = str(SAMPLES / "calgary311.csv")
    dry = run(database_url, "complaints", sample, "--dry-run")
    assert dry.returncode == 1, dry.stderr
    assert "bad: line 6, requested_date:" in dry.stdout
    assert "skipped 1 × Roads - Traffic Signal Timing Inquiry" in dry.stdout
    assert dry.stdout.endswith("dry run: nothing was stored\n")
    real = run(database_url, "complaints", sample, "--json", "--actor", "王")
    assert json.loads(real.stdout)["counts"]["new"] == 3
    assert county.execute("SELECT actor FROM complaint_import").fetchall() == [("王",)]
    nothing = tmp_path / "nothing.csv"
    nothing.write_text("a,b\n")
    refused = run(database_url, "complaints", str(nothing))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "fits none" in refused.stderr


def test_restaurants_and_devices(county: Connection, database_url: str, tmp_path: Path) -> None:
    restaurants = tmp_path / "restaurants.csv"
    restaurants.write_text(
        "登记号,名称,业态,镇街,地址,lon_deg,lat_deg\n"
        "R9,新开,small,西塘镇,南苑路5号,120.88,30.94\n"
        "R1,老灶大饭店,,,,,\n"
        "R2,Third Avenue Grill,,,,,\n"
        "R8,坏,huge,xt,x,,\n"
        "R7,坏,small,nowhere,x,,\n",
        encoding="gb18030",
    )
    report = json.loads(run(database_url, "restaurants", str(restaurants), "--json").stdout)
    assert report["counts"] == {"read": 5, "new": 1, "known": 1, "updated": 1, "bad": 2}
    assert [(p["line"], p["column"], p["value"]) for p in report["problems"]] == [
        (5, "restaurant_type", "huge"),
        (6, "town", "nowhere"),
    ]
    names = county.execute("SELECT name FROM restaurant WHERE register_no IN ('R1', 'R9')")
    assert {row[0] for row in names} == {"老灶大饭店", "新开"}
    devices = tmp_path / "devices.csv"
    devices.write_text(
        "uid,trap,status,commissioned_at,report_interval_s\n"
        "DEV-1,T1,active,2026-01-01T00:00:00Z,600\n"
        "dev-2,T99,active,,\n"
        "dev-3,,active,,\n"
    )
    strict = run(database_url, "devices", str(devices), "--strict")
    assert (strict.returncode, "refused" in strict.stdout) == (1, True)
    assert county.execute("SELECT count(*) FROM device").fetchone() == (0,)
    first = json.loads(run(database_url, "devices", str(devices), "--json").stdout)
    again = json.loads(run(database_url, "devices", str(devices), "--json").stdout)
    assert first["counts"] == {"read": 3, "new": 1, "known": 0, "updated": 0, "bad": 2}
    assert again["counts"] == {"read": 3, "new": 0, "known": 1, "updated": 0, "bad": 2}
    assert county.execute("SELECT trap_id, report_interval_s FROM device").fetchall() == [(1, 600)]
