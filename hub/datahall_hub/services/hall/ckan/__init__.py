"""CKAN's action API, as far as it reads: the catalog for every client that speaks with CKAN portals."""
