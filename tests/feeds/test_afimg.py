"""Direct-broadcast text: columns by their description, the time of the granule."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jdzfire.errors import InputError
from jdzfire.feeds.registry import read_hotspots
from tests.feeds.samples import AT, sample

NAME = "AFIMG_j01_d20240404_t0503125_e0504370.txt"
MOD = """# Active Fires M-band EDR
# source: AFMOD_npp_d20240404_t0503599_e0505000_b1_c2024.nc
# column 1: latitude of fire pixel (degrees)
# column 2: longitude of fire pixel (degrees)
# column 3: M13 brightness temperature of fire pixel (K)
# column 4: Along-scan fire pixel resolution (km)
# column 5: Along-track fire pixel resolution (km)
# column 6: fire detection confidence (%)
# column 7: fire radiative power (MW)
# column 8: persistent anomaly type
 29.4, 117.2, 340.1, 0.75, 0.75, , 8.1, 0
"""


def read(raw: bytes, name: str = "x.txt"):
    return read_hotspots("viirs-afimg", raw, source_name=name, received_at=AT)


def test_rows() -> None:
    table = read(sample(NAME)).table
    assert table["satellite"].tolist() == ["NOAA-20", "NOAA-20"]
    # t0503125 is 05:03:12.5; to the minute as in FIRMS
    assert set(table["acquired_at"]) == {datetime(2024, 4, 4, 5, 3, tzinfo=UTC)}
    assert table["confidence"].tolist() == ["nominal", "high"]
    assert table["frp_mw"].round(3).tolist() == [4.678, 7.103]
    assert set(table["product"]) == {"RT"}
    assert table["raw_line"].tolist() == [15, 16]


def test_columns_are_taken_by_their_description() -> None:
    row = read(MOD.encode()).table.iloc[0]
    assert (row["satellite"], row["scan_km"], row["frp_mw"]) == ("S-NPP", 0.75, 8.1)
    assert (row["bright_mir_k"], row.geometry.x) == (340.1, 117.2)


def test_the_granule_may_be_told_by_the_name_alone() -> None:
    lines = sample(NAME).decode().replace("AFIMG_j01_d2024", "OTHER").encode()
    assert len(read(lines, NAME).table) == 2
    with pytest.raises(InputError, match="CSPP"):
        read(lines, "x.txt")


@pytest.mark.parametrize("cut", ["# column 1", "# column 2"])
def test_without_a_place_it_is_refused(cut: str) -> None:
    text = "\n".join(line for line in MOD.splitlines() if not line.startswith(cut))
    with pytest.raises(InputError, match="CSPP"):
        read(text.encode())


def test_impossible_values_are_set_aside() -> None:
    raw = sample(NAME).replace(b"331.58309937", b"31.5").replace(b"    9,", b"    4,")
    assert sorted(read(raw).rejected["reason"]) == ["bright_mir", "confidence"]
