"""The container images: linted as text, and their steps run for real."""
