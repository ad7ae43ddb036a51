"""Fill the memory and go on."""

filled = []
while True:
    filled.append(b"\1" * (16 << 20))
