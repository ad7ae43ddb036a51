"""What ipykernel does at each start that makes a forked kernel copy what it shares, done without.

Whoever looks at an object counts its references, and so writes into the page where it lies. Going through all modules
that are loaded, through all loggers, or through everything that could be configured each copies hundreds of pages. Each
is done as ever where anybody needs it, and in whatever is not ipykernel's own application.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

# What kernels are told that this package starts, and those of a hall: option → class and trait. With anything else
# ipykernel's own parser is asked.
OPTIONS = {
    "-f": ("IPKernelApp", "connection_file"),
    "--transport": ("IPKernelApp", "transport"),
    "--ip": ("IPKernelApp", "ip"),
    **{f"--{channel}": ("IPKernelApp", f"{channel}_port") for channel in ("shell", "iopub", "stdin", "hb", "control")},
    "--IPKernelApp.parent_handle": ("IPKernelApp", "parent_handle"),
    "--IPKernelApp.extra_extensions": ("IPKernelApp", "extra_extensions"),
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
        # As the parser does, where it wants no bytes.
        values[section][trait] = value if option == "--Session.key" else os.path.expanduser(value)  # noqa: PTH111
    return values


def _spare_parser() -> None:
    from ipykernel.kernelapp import IPKernelApp
    from jupyter_client.session import Session
    from traitlets.config.loader import Config, DeferredConfigList, DeferredConfigString

    parse_everything = IPKernelApp.parse_command_line
    described = {each.__name__: each for each in (IPKernelApp, Session)}

    def convert(section: str, trait: str, value: str) -> Any:
        """Return what the parser makes of a value: it knows these classes' traits, and leaves others for later."""
        if section not in described:
            return DeferredConfigString(value)
        return DeferredConfigList([value]).get_value(getattr(described[section], trait))

    def parse_command_line(self: IPKernelApp, argv: list[str] | None = None) -> None:
        arguments = sys.argv[1:] if argv is None else argv
        values = read_options(arguments) if type(self) is IPKernelApp else None
        if values is None:
            parse_everything(self, argv)
            return
        self.argv, self.extra_args = list(arguments), []
        self.cli_config = Config(
            {
                section: {trait: convert(section, trait, value) for trait, value in traits.items()}
                for section, traits in values.items()
            }
        )
        self.update_config(self.cli_config)

    IPKernelApp.parse_command_line = parse_command_line  # type: ignore[method-assign, assignment]


def _spare_loggers() -> None:
    """A kernel sets up its own logger, and goes through all others, which it does not mean to change.

    Nor does it change those below its own then.
    """
    from ipykernel.kernelapp import IPKernelApp

    configure_among_all = IPKernelApp._configure_logging

    def configure_logging(self: IPKernelApp) -> None:
        manager, own = logging.getLogger().manager, type(self).__name__
        with logging._lock:  # type: ignore[attr-defined] # whoever asks for a logger holds it
            everyone = manager.loggerDict
            if type(self) is not IPKernelApp or self.logging_config or own not in everyone:
                configure_among_all(self)
                return
            manager.loggerDict = {own: everyone[own]}
            try:
                configure_among_all(self)
            finally:
                manager.loggerDict = everyone

    IPKernelApp._configure_logging = configure_logging  # type: ignore[method-assign, assignment]


def _spare_modules() -> None:
    """A kernel lists the files of all modules that there are when it starts, for a debugger, which is seldom asked for.

    The list is made when somebody wants it, up to the module that was the last then.
    """
    from ipykernel import debugger, ipkernel

    class FewModules(SimpleNamespace):
        def __getattr__(self, name: str) -> Any:
            return getattr(sys, name)

    ipkernel.sys = FewModules(modules={})  # type: ignore[attr-defined, assignment]
    debugger.Debugger.kernel_modules = property(_get_files, _set_files)


def _set_files(debugger: Any, files: list[str]) -> None:
    vars(debugger)["kernel_modules"] = files or next(reversed(sys.modules))  # type: ignore[arg-type] # a dict can be


def _get_files(debugger: Any) -> Any:
    files: Any = vars(debugger)["kernel_modules"]
    if isinstance(files, str):
        modules = list(sys.modules.copy().items())
        number = next((number for number, (name, _) in enumerate(modules, 1) if name == files), None)
        first = (module for _, module in modules[:number])
        files = [module.__file__ for module in first if hasattr(module, "__file__") and module.__file__]
        vars(debugger)["kernel_modules"] = files
    return files
