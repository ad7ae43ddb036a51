"""Print for ever."""

while True:
    print("far too much " * 1000)
