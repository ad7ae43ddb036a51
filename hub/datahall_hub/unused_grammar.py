"""Load jsonschema without a grammar that nothing here uses.

jsonschema compiles a grammar of internationalised addresses (format ``iri``) as soon as it is imported: about one
second of processor time, half of what JupyterHub or a Jupyter server takes to load. No schema of theirs names that
format. Without the package jsonschema leaves the format out, as it documents for all of its optional ones.
"""

from __future__ import annotations

import sys


def skip_unused_grammar() -> None:
    """Have jsonschema not find the grammar; call this before anything imports jsonschema."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: not to be found
