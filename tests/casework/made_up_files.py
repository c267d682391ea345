"""Made-up pictures and PDFs, good ones and ones that are made to break what reads them."""

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageDraw
from pypdf import PdfWriter


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (600, 400), mode: str = "RGB", pages: int = 1
) -> bytes:
    """A dark picture with a light square in its upper left quarter."""
    drawn = Image.new("RGB", size, (20, 30, 90))
    ImageDraw.Draw(drawn).rectangle((0, 0, size[0] // 2, size[1] // 2), fill=(250, 240, 200))
    drawn = drawn.convert(mode)
    made = BytesIO()
    more = {"save_all": True, "append_images": [drawn] * (pages - 1)} if pages > 1 else {}
    drawn.save(made, kind, **more)
    return made.getvalue()


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it has 40,000 by 40,000 pixels."""
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1_000_000))), (b"IEND", b"")]
    made = b"\x89PNG\r\n\x1a\n"
    for name, body in chunks:
        made += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return made


def pdf(*contents: str, more: str = "", objects: dict[int, str] | None = None) -> bytes:
    """A PDF with a page of drawing operators for each of `contents`."""
    pages = {10 + 2 * place: drawn for place, drawn in enumerate(contents)}
    kids = " ".join(f"{number} 0 R" for number in pages)
    every = {
        1: "<</Type/Catalog/Pages 2 0 R>>",
        2: f"<</Type/Pages/Count {len(contents)}/Kids[{kids}]>>",
        **(objects or {}),
    }
    for number, drawn in pages.items():
        every[number] = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]{more}/Contents {number + 1} 0 R>>"
        every[number + 1] = stream("", drawn)
    body, places = "%PDF-1.4\n", []
    for number, text in every.items():
        places.append(f"{number} 1\n{len(body):010} 00000 n \n")
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = f"xref\n0 1\n0000000000 65535 f \n{''.join(places)}"
    end = f"trailer\n<</Size {max(every) + 1}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF"
    return (body + table + end).encode()


def stream(entries: str, contents: str) -> str:
    return f"<<{entries}/Length {len(contents)}>>\nstream\n{contents}\nendstream"


SQUARE = "1 0 0 rg 0 100 150 100 re f"
"""A red rectangle in the upper left quarter of a page."""


def endless_pdf() -> bytes:
    """A page whose forms draw each other very many times."""
    last = 27
    forms = {
        number: stream(
            f"/Type/XObject/Subtype/Form/BBox[0 0 300 200]/Resources<</XObject<</X {number + 1} 0 R>>>>",
            "/X Do " * 30 if number < last else "0 0 300 200 re f " * 20,
        )
        for number in range(20, last + 1)
    }
    return pdf("/X Do", more="/Resources<</XObject<</X 20 0 R>>>>", objects=forms)


def encrypted_pdf() -> bytes:
    """A PDF that needs a password."""
    writer = PdfWriter()
    writer.add_blank_page(300, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    made = BytesIO()
    writer.write(made)
    return made.getvalue()
