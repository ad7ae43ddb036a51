"""What ipykernel does at each start that makes a forked kernel copy what it shares, done without.

Whoever looks at an object counts its references, and so writes into the page where it lies. Going through all modules
that are loaded, through all loggers, or through everything that could be configured each copies hundreds of pages. Each
is done as ever where anybody needs it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

# What this hall's kernels are told when they start: option → class and trait. With anything else ipykernel's own parser
# is asked.
OPTIONS = {
    "-f": ("IPKernelApp", "connection_file"),
    "--transport": ("IPKernelApp", "transport"),
    "--ip": ("IPKernelApp", "ip"),
    **{f"--{channel}": ("IPKernelApp", f"{channel}_port") for channel in ("shell", "iopub", "stdin", "hb", "control")},
    "--IPKernelApp.parent_handle": ("IPKernelApp", "parent_handle"),
    "--HistoryManager.enabled": ("HistoryManager", "enabled"),
    "--Session.key": ("Session", "key"),
    "--Session.signature_scheme": ("Session", "signature_scheme"),
}


def spare_kernels() -> None:
    """Have the kernels that are forked from now on copy less; does nothing where ipykernel is not loaded."""
    if "ipykernel.kernelapp" in sys.modules:
        _spare_parser()
        _spare_loggers()
    if "ipykernel.ipkernel" in sys.modules and "ipykernel.debugger" in sys.modules:
        _spare_modules()


def read_options(arguments: Sequence[str]) -> dict[str, dict[str, str]] | None:
    """Return the values of `arguments` by class and trait, or None where that needs ipykernel's own parser."""
    values: dict[str, dict[str, str]] = {}
    rest = iter(arguments)
    for argument in rest:
        option, sign, value = argument.partition("=")
        if option == "-f" and not sign:
            value = next(rest, "")
        elif not sign:
            return None
        if option not in OPTIONS or not value or value.startswith("-"):
            return None
        section, trait = OPTIONS[option]
        if trait in values.setdefault(section, {}):
            return None
        values[section][trait] = value
    return values


def _spare_parser() -> None:
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config.loader import Config, DeferredConfigString

    parse_everything = IPKernelApp.parse_command_line

    def parse_command_line(self: IPKernelApp, argv: list[str] | None = None) -> None:
        arguments = sys.argv[1:] if argv is None else argv
        values = read_options(arguments)
        if values is None:
            parse_everything(self, argv)
            return
        self.argv, self.extra_args = list(arguments), []
        self.cli_config = Config(
            {
                section: {trait: DeferredConfigString(value) for trait, value in traits.items()}
                for section, traits in values.items()
            }
        )
        self.update_config(self.cli_config)

    IPKernelApp.parse_command_line = parse_command_line  # type: ignore[method-assign, assignment]


def _spare_loggers() -> None:
    """A kernel sets up its own logger, and goes through all others to leave them as they are."""
    from ipykernel.kernelapp import IPKernelApp

    configure_among_all = IPKernelApp._configure_logging

    def configure_logging(self: IPKernelApp) -> None:
        manager = logging.getLogger().manager
        everyone, own = manager.loggerDict, type(self).__name__
        if self.logging_config or own not in everyone:
            configure_among_all(self)
            return
        manager.loggerDict = {own: everyone[own]}
        try:
            configure_among_all(self)
        finally:
            manager.loggerDict = everyone

    IPKernelApp._configure_logging = configure_logging  # type: ignore[method-assign, assignment]


def _spare_modules() -> None:
    """A kernel lists the files of all modules, for a debugger that may never be asked for: that makes the list then."""
    from ipykernel import debugger, ipkernel

    class FewModules(SimpleNamespace):
        def __getattr__(self, name: str) -> Any:
            return getattr(sys, name)

    ipkernel.sys = FewModules(modules={})  # type: ignore[attr-defined, assignment]
    debugger.Debugger.kernel_modules = property(_list_files, lambda self, files: None)


def _list_files(_: object) -> list[str]:
    """Return the files of all modules, as `ipykernel.ipkernel` does when a kernel starts."""
    files = (getattr(module, "__file__", None) for module in sys.modules.copy().values())
    return [file for file in files if file]
