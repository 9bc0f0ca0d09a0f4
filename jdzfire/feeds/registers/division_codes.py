"""Codes of Jiangxi's cities and counties by name: GB/T 2260 since 2020 [V].

A layer of counties drawn by hand has names and no codes; the code is what other tables use.
"""

from __future__ import annotations

_PROVINCE = "江西省"
_CITIES = {
    "01": "南昌市 02东湖区 03西湖区 04青云谱区 11青山湖区 12新建区 13红谷滩区 "
    "21南昌县 23安义县 24进贤县",
    "02": "景德镇市 02昌江区 03珠山区 22浮梁县 81乐平市",
    "03": "萍乡市 02安源区 13湘东区 21莲花县 22上栗县 23芦溪县",
    "04": "九江市 02濂溪区 03浔阳区 04柴桑区 23武宁县 24修水县 25永修县 26德安县 28都昌县 29湖口县 "
    "30彭泽县 81瑞昌市 82共青城市 83庐山市",
    "05": "新余市 02渝水区 21分宜县",
    "06": "鹰潭市 02月湖区 03余江区 81贵溪市",
    "07": "赣州市 02章贡区 03南康区 04赣县区 22信丰县 23大余县 24上犹县 25崇义县 26安远县 28定南县 "
    "29全南县 30宁都县 31于都县 32兴国县 33会昌县 34寻乌县 35石城县 81瑞金市 83龙南市",
    "08": "吉安市 02吉州区 03青原区 21吉安县 22吉水县 23峡江县 24新干县 25永丰县 26泰和县 27遂川县 "
    "28万安县 29安福县 30永新县 81井冈山市",
    "09": "宜春市 02袁州区 21奉新县 22万载县 23上高县 24宜丰县 25靖安县 26铜鼓县 81丰城市 82樟树市 "
    "83高安市",
    "10": "抚州市 02临川区 03东乡区 21南城县 22黎川县 23南丰县 24崇仁县 25乐安县 26宜黄县 27金溪县 "
    "28资溪县 30广昌县",
    "11": "上饶市 02信州区 03广丰区 04广信区 23玉山县 24铅山县 25横峰县 26弋阳县 27余干县 28鄱阳县 "
    "29万年县 30婺源县 81德兴市",
}


def _codes() -> dict[str, str]:
    found = {_PROVINCE: "360000"}
    for number, text in _CITIES.items():
        city, *counties = text.split()
        found[city] = f"36{number}00"
        found |= {county[2:]: f"36{number}{county[:2]}" for county in counties}
    return found


JIANGXI_CODES = _codes()
"""Name -> code; the names are unique in the province."""
