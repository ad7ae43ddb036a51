"""The hall's services: each a process of its own, started by the supervisor."""
