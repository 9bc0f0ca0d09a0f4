"""Tables of weather stations."""

from __future__ import annotations

import numpy as np
import pytest

from jdzfire.errors import InputError
from jdzfire.feeds.registers.recognise import recognise_register
from jdzfire.feeds.registers.stations import is_station_table, read_stations, station_rows
from jdzfire.feeds.registers.weather import read_weather

CHINESE = (
    "区站号,经度,纬度,日期,最高气温(℃),最小相对湿度(%),最大风速(m/s),降水量(mm)\n"
    "58527,117.2,29.3,2024年3月5日,18.5,41,6.1,0\n"
    "58527,117.2,29.3,2024年3月6日,21.0,35,999999,2.4\n"
    "58529,117.6,28.9,20240305,19.5,38,4.0,0\n"
)


def test_a_chinese_table() -> None:
    raw = CHINESE.encode("gb18030")
    assert is_station_table(raw)
    assert recognise_register(raw, source_name="日值.csv") == "weather"
    rows = station_rows(raw, source_name="日值.csv")
    assert rows["tasmax"].tolist() == [18.5, 21.0, 19.5]
    assert np.isnan(rows["sfcWindmax"][1])  # 999999 is no wind
    days = read_weather(raw, source_name="日值.csv")
    near = days.sel(lon=117.2, lat=29.3, method="nearest")
    assert near["hursmin"].to_numpy().tolist() == [41.0, 35.0]
    assert near["tas"].to_numpy().tolist() == [18.5, 21.0]
    assert "tas is tasmax" in days.attrs["approximated"]
    far = days.sel(lon=117.8, lat=28.7, method="nearest")
    assert float(far["tasmax"][0]) == 19.5
    assert np.isnan(far["tasmax"][1])  # the other station is nearer, and has no such day


def test_mean_humidity_is_made_the_lowest_by_the_vapour_of_the_day() -> None:
    raw = b"date,lon,lat,TMEAN,TMAX,RM,WS,P\n2024-03-05,117.2,29.3,15,25,60,2.0,0\n"
    days = read_stations(raw, source_name="s.csv")
    # 17.05 hPa and 31.69 hPa saturate the air at 15 and 25 degC (Smithsonian tables)
    assert float(days["hursmin"].squeeze()) == pytest.approx(60 * 17.05 / 31.69, abs=0.2)


def test_rain_by_station_number_and_days_as_written() -> None:
    raw = b"#UTCTIME,\nDATETIME,81502750\n2012-01-01 00:00:00,0\n"
    raw += b"2012-01-02 20:00:00,9.5\n2012-01-03T16:00Z,1\n"
    rows = station_rows(raw, source_name="p.csv")
    assert rows["date"].dt.strftime("%Y-%m-%d").tolist() == [
        "2012-01-01",
        "2012-01-02",
        "2012-01-04",
    ]
    assert rows["pr"].tolist() == [0.0, 9.5, 1.0]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"a,b\n1,2\n", "is no table of stations"),
        (b"date,lon,lat,TMAX,RHU_Min,WS,P\n", "no line below its header"),
        (b"date,lon,lat,TMAX,P\n2024-03-05,117,29,20,0,9\n", "another length"),
        (b"date,TMAX,RHU_Min,WS,P\n2024-03-05,20,40,1,0\n", "does not say where"),
        (b"date,lon,lat,TMAX,RHU_Min,WS\n2024-03-05,117,29,20,40,1\n", "no pr"),
        (b"date,lon,lat,TMAX,RHU_Min,WS,P\nyesterday,117,29,20,40,1,0\n", "cannot be read"),
        (b"date,lon,lat,TMAX,RHU_Min,WS,P\n2024-03-05,117,29,hot,40,1,0\n", "no numbers"),
        (b"date,lon,lat,TMAX,RHU_Min,WS,P\n2024-03-05,117,29,285,40,1,0\n", "cannot mean"),
        (
            b"date,lon,lat,TMAX,RHU_Min,WS,P\n" + b"2024-03-05,117,29,20,40,1,0\n" * 2,
            "a day of a station twice",
        ),
    ],
)  # fmt: skip
def test_unusable_tables(raw: bytes, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        read_stations(raw, source_name="s.csv")
