"""One description for datasets of our own and for harvested ones, from which search, pages and exports are made."""
