"""Secrets: made once, readable by their owner alone."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from datahall_hub.secret_files import ensure_secret, load_secret


def test_a_secret_is_made_once_and_then_stays(tmp_path):
    first = ensure_secret(tmp_path / "token")

    assert len(first) == 64
    assert ensure_secret(tmp_path / "token") == first == load_secret(tmp_path / "token")


def test_only_its_owner_may_read_it(tmp_path):
    ensure_secret(tmp_path / "token")

    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_two_who_ask_at_once_get_the_same_and_leave_nothing_beside(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: ensure_secret(tmp_path / "token"), range(40)))

    assert len(secrets) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


def test_an_empty_secret_is_refused_and_not_replaced(tmp_path):
    (tmp_path / "token").write_text("\n")

    with pytest.raises(ValueError, match="is empty"):
        ensure_secret(tmp_path / "token")
