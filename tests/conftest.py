"""Fixtures shared by all rooms."""

from __future__ import annotations

import matplotlib
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _no_network(socket_disabled_except_loopback: None) -> None:
    """Every test runs with the network blocked, loopback excepted."""


@pytest.fixture
def socket_disabled_except_loopback() -> object:
    from pytest_socket import _remove_restrictions, socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    _remove_restrictions()
