"""A teacher's pages: classes, who is in them, the bell. The hub decides and keeps; the pages show and ask."""
