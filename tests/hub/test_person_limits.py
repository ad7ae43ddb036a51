"""What one person may use, made of settings and machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from datahall_hub.person_limits import make_person_groups, plan_limits, plan_reserve
from datahall_hub.settings import Settings


def test_without_a_setting_a_home_may_take_a_twentieth_of_the_disk(tmp_path):
    found = os.statvfs(tmp_path)

    limits = plan_limits(Settings(home=tmp_path), homes=tmp_path)

    assert limits.disk == max(1_000_000_000, found.f_blocks * found.f_frsize // 20)
    assert limits.files >= 10_000
    assert 0 < plan_reserve(Settings(home=tmp_path), homes=tmp_path) <= 10_000_000_000


def test_settings_come_first_and_a_kernel_has_no_more_than_its_person(tmp_path):
    settings = Settings(
        home=tmp_path, server_memory=500_000_000, kernel_memory=900_000_000, disk_quota=5, disk_files=6, disk_reserve=7
    )

    limits = plan_limits(settings, homes=tmp_path)

    assert (limits.kernel_memory, limits.disk, limits.files) == (500_000_000, 5, 6)
    assert plan_reserve(settings, homes=tmp_path) == 7


def test_a_persons_groups_end_with_everything_in_them(tmp_path):
    limits = plan_limits(Settings(home=tmp_path, processes=50), homes=tmp_path)
    groups = make_person_groups(limits, name="u-1", supervisor=os.getpid())
    if groups is None:
        pytest.skip("no control groups here")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        groups.server.add(running.pid)

        assert groups.remove()

    assert running.returncode == -9
    assert not groups.person.is_alive
