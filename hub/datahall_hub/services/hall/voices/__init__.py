"""What people tell the hall: errors in datasets, and data they ask for. A steward answers in public."""
