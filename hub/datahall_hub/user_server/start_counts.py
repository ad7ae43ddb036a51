"""How servers and kernels were started, for Prometheus: "forked", or the code of the reason against it.

The hub tells it of servers at ``/hub/metrics``, a person's server of its kernels at its own ``/metrics``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class StartCounts(Collector):
    """A counter `name` that has the numbers of `counts`, by how the start went."""

    def __init__(self, name: str, *, counts: Mapping[str, int], description: str) -> None:
        self._name, self._counts, self._description = name, counts, description

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the counter; called when somebody asks."""
        family = CounterMetricFamily(self._name, self._description, labels=["how"])
        for how, count in list(self._counts.items()):
            family.add_metric([how], count)
        yield family


def _load_jupyter_server_extension(_app: Any) -> None:
    from datahall_forkserver.provisioner import starts

    REGISTRY.register(
        StartCounts("datahall_kernel_starts", counts=starts, description="Kernels started, by how or why not forked.")
    )


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "start_counts"}]
