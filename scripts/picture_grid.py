"""The pictures of a data set's archive side by side, as one PNG.

    picture_grid.py ARCHIVE COLUMNS OUT
All of them must be of one size. Reads what core/formats/picture.cpp writes, as same_picture.py does.
"""
import struct
import sys
import tempfile
import zipfile
import zlib

from same_picture import load


def main(archive, columns, out):
    rows, line = [], []
    with zipfile.ZipFile(archive) as pictures:
        for name in sorted(n for n in pictures.namelist() if n.endswith(".png")):
            with tempfile.NamedTemporaryFile(suffix=".png") as file:
                file.write(pictures.read(name))
                file.flush()
                (width, height, _, colour), picture = load(file.name)
            line.append(picture)
            if len(line) == columns:
                rows += [b"".join(bytes(p[y]) for p in line) for y in range(height)]
                line = []

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width * columns, len(rows), 8, colour, 0, 0, 0)
    with open(out, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head))
        file.write(chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)) + chunk(b"IEND", b""))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
