"""Whether two PNG files of scripts/screenshots.sh look the same: software OpenGL rounds single pixels at random.

    same_picture.py A B     exit status 0: the same but for rounding; 1: different, or one is missing
Reads what core/formats/picture.cpp writes: eight bits a channel, not interlaced.
"""
import struct
import sys
import zlib

# What rounding does, measured over reruns: up to 56 of 255 levels at the edges of a few letters, 3 in 10,000 pixels. A
# letter that changed differs by far more.
MOST_LEVELS, FEW_LEVELS, MOST_SHARE = 80, 8, 1e-3


def load(path):
    data, i, packed, head = open(path, "rb").read(), 8, b"", None
    while i < len(data):
        size, kind = struct.unpack(">I4s", data[i : i + 8])
        body = data[i + 8 : i + 8 + size]
        i += 12 + size
        if kind == b"IHDR":
            head = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
    width, height, _, colour = head
    channels = {0: 1, 2: 3, 6: 4}[colour]
    raw, stride, above, rows = zlib.decompress(packed), width * channels, bytearray(width * channels), []
    for y in range(height):
        kind = raw[y * (stride + 1)]
        row = bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        for x in range(stride if kind else 0):
            left, corner = (row[x - channels], above[x - channels]) if x >= channels else (0, 0)
            up = above[x]
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            else:
                near = left + up - corner
                guess = min((abs(near - left), 0, left), (abs(near - up), 1, up), (abs(near - corner), 2, corner))[2]
            row[x] = (row[x] + guess) & 255
        rows.append(row)
        above = row
    return head, rows


def same(a, b):
    (head_a, rows_a), (head_b, rows_b) = load(a), load(b)
    if head_a != head_b:
        return False
    strays = 0
    for p, q in zip(rows_a, rows_b):
        if p == q:
            continue
        steps = [abs(u - v) for u, v in zip(p, q)]
        if max(steps) > MOST_LEVELS:
            return False
        strays += sum(step > FEW_LEVELS for step in steps)
    return strays <= MOST_SHARE * head_a[0] * head_a[1]


if __name__ == "__main__":
    try:
        sys.exit(0 if same(sys.argv[1], sys.argv[2]) else 1)
    except FileNotFoundError:
        sys.exit(1)
