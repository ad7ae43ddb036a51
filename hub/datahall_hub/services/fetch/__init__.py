"""The one service that writes the store: it fetches datasets for the hall and for everybody's sandboxes."""
