"""Make users of a desk, then serve it: run as a script with the folder and the port."""

from __future__ import annotations

import sys

from jdzfire.desk.server import prepare, serve

PASSWORD = "correct horse battery"  # noqa: S105
PEOPLE = {"city": ("city", ""), "county": ("county", ""), "second": ("city", "")}


def main() -> None:
    """Everybody of the county the first case is in."""
    prepare(sys.argv[1])
    from jdzfire.desk.models import Officer
    from jdzfire.desk.pool import borrow

    with borrow() as workspace:
        cases = workspace.ledger.load_open_cases()
        verdicts = workspace.ledger.load_verdicts(cases["event_id"])
    for name, (role, _) in PEOPLE.items():
        Officer.objects.create_user(
            name,
            password=PASSWORD,
            role=role,
            county=verdicts["county"].iloc[0] if role == "county" else "",
            last_name={"city": "钱七", "county": "赵六", "second": "孙八"}[name],
            must_change=False,
        )
    serve("127.0.0.1", int(sys.argv[2]), proxy_headers=False)


if __name__ == "__main__":
    main()
