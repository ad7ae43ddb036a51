"""Which benchmarks there are: name → the function that measures it (together with those it shares work with)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.benchmarks import (
    add_file,
    app_crowd,
    app_open,
    catalog_open,
    ckan_search,
    class_start,
    dataset_read,
    download,
    hall_up,
    import_datahall,
    kernel_start,
    lab_panel,
    million_http,
    million_index,
    million_search,
    practice,
    search_ndcg,
    server_start,
)
from tests.benchmarks.measurement import Measurement

Measure = Callable[[], list[Measurement]]

BENCHMARKS: dict[str, Measure] = {
    "up": hall_up.measure,
    "server-start": server_start.measure,
    "class-start-30": class_start.measure_30,
    "class-start-100": class_start.measure_100,
    "server-memory": class_start.measure_30,
    "kernel-ready": kernel_start.measure,
    "kernel-memory": kernel_start.measure,
    "app-content": app_open.measure,
    "app-open": app_open.measure,
    "app-burst-30": app_crowd.measure,
    "app-burst-500": app_crowd.measure,
    "app-memory": app_crowd.measure,
    "apps-idle-50": app_crowd.measure_idle,
    "panel-results": lab_panel.measure,
    "panel-open": lab_panel.measure,
    "panel-insert": lab_panel.measure,
    "lab-start": lab_panel.measure,
    "import-datahall": import_datahall.measure,
    "catalog-open": catalog_open.measure,
    "catalog-list": catalog_open.measure,
    "catalog-first-reading": catalog_open.measure,
    "ckan-search": ckan_search.measure,
    "add": add_file.measure,
    "dataset-read": dataset_read.measure,
    "dataset-open": dataset_read.measure,
    "search-ndcg": search_ndcg.measure,
    "search-ndcg-held-apart": search_ndcg.measure,
    "index-1m": million_index.measure,
    "download": download.measure,
    "search-1m": million_search.measure,
    "search-1m-http": million_http.measure,
    "dataset-page": million_http.measure,
    "practice": practice.measure,
    "practice-memory": practice.measure,
}


def run_benchmarks(names: Iterable[str]) -> Iterable[Measurement]:
    """Measure the named benchmarks, each shared piece of work once; yields as they come."""
    wanted = list(names)
    for measure in dict.fromkeys(BENCHMARKS[name] for name in wanted):
        yield from (measurement for measurement in measure() if measurement.name in wanted)
