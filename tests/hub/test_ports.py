"""Inner ports: free ones, and the same again."""

from __future__ import annotations

import socket

from datahall_hub.ports import choose_ports, find_port_problem

NAMES = ("hub_port", "hall_port")


def test_a_port_that_is_in_use_is_a_problem_and_a_free_one_is_none():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert find_port_problem("127.0.0.1", port=port) == "in use"
    assert find_port_problem("127.0.0.1", port=port) is None


def test_an_address_that_this_machine_does_not_have_is_a_problem():
    assert find_port_problem("192.0.2.1", port=0) is not None


def test_the_ports_of_the_last_run_are_taken_again(tmp_path):
    first = choose_ports(NAMES, fixed={}, file=tmp_path / "ports.json")

    assert choose_ports(NAMES, fixed={}, file=tmp_path / "ports.json") == first
    assert len(set(first.values())) == 2


def test_a_port_that_somebody_else_took_meanwhile_is_replaced(tmp_path):
    first = choose_ports(NAMES, fixed={}, file=tmp_path / "ports.json")

    with socket.create_server(("127.0.0.1", first["hub_port"])):
        second = choose_ports(NAMES, fixed={}, file=tmp_path / "ports.json")

    assert second["hub_port"] != first["hub_port"]
    assert second["hall_port"] == first["hall_port"]


def test_a_port_that_was_set_is_used_as_it_is(tmp_path):
    assert choose_ports(NAMES, fixed={"hub_port": 12345}, file=tmp_path / "ports.json")["hub_port"] == 12345


def test_a_file_of_ports_that_cannot_be_read_does_not_matter(tmp_path):
    (tmp_path / "ports.json").write_text("[")

    assert set(choose_ports(NAMES, fixed={}, file=tmp_path / "ports.json")) == set(NAMES)
