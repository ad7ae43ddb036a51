"""The way out of people's sandboxes, each of which has a network of its own with nothing but a loopback.

Inside a sandbox two ports are open on 127.0.0.1: the hall's own, and that of an HTTP proxy. Both are held by this
service, outside; nothing of it runs inside. `sandbox_doors` opens them, `hall_relay` and `forward_proxy` serve them,
`destinations` decides where the proxy may go, `seats` keeps one person from taking what others need.
"""
