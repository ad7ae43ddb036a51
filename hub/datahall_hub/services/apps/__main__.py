"""``python -m datahall_hub.services.apps``: serve the public apps until told to stop."""

from __future__ import annotations

from datahall_hub.unused_grammar import skip_unused_grammar

if __name__ == "__main__":
    skip_unused_grammar()
    from .service import main

    main()
