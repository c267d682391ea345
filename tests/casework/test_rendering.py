"""Files are made into pictures by a process that a file cannot use for anything else."""

import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from resident_app.casework.attachments import render_process
from resident_app.casework.attachments.rendering import CannotShow, NotShown, render_page
from tests.casework.made_up_files import SQUARE, bomb, encrypted_pdf, endless_pdf, pdf, picture


def shown(contents: bytes, type: str, number: int = 0) -> Image.Image:
    made = Image.open(BytesIO(render_page(contents, type, number).jpeg))
    assert made.format == "JPEG"
    assert not made.info.keys() & {"exif", "comment", "icc_profile"}
    return made.convert("RGB")


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("JPEG", mode) for mode in ("RGB", "L", "CMYK")),
        *(("PNG", mode) for mode in ("RGB", "RGBA", "P", "1", "I;16")),
        *(("GIF", mode) for mode in ("P", "L")),
        ("WEBP", "RGB"),
        *(("TIFF", mode) for mode in ("RGB", "1", "CMYK")),
    ],
)
def test_pictures_are_shown_by_their_pixels(kind: str, mode: str) -> None:
    contents = picture(kind, mode=mode if mode != "I;16" else "L")
    made = shown(contents, f"image/{kind.lower()}")
    assert made.size == (600, 400)
    light, dark = made.getpixel((100, 100)), made.getpixel((500, 300))
    assert sum(light) > 600
    assert sum(dark) < 300


def test_a_photo_is_made_smaller_and_turned_and_loses_where_it_was_taken() -> None:
    drawn = Image.open(BytesIO(picture(size=(4000, 3000))))
    exif = drawn.getexif()
    exif[0x0112], exif[0x010E] = 6, "47.0379 N, 122.9007 W"
    made = BytesIO()
    drawn.save(made, "JPEG", exif=exif)
    assert b"122.9007" in made.getvalue()
    rendered = render_page(made.getvalue(), "image/jpeg", 0)
    assert b"122.9007" not in rendered.jpeg
    turned = Image.open(BytesIO(rendered.jpeg))
    assert turned.height > turned.width
    assert max(turned.size) <= 2200


def test_each_page_of_a_pdf_and_of_a_fax_is_shown() -> None:
    two = pdf(SQUARE, "0 0 1 rg 0 0 300 200 re f")
    assert render_page(two, "application/pdf", 0).pages == 2
    first, second = shown(two, "application/pdf"), shown(two, "application/pdf", 1)
    assert first.size == (625, 417)
    assert first.getpixel((50, 50))[0] > 200 > first.getpixel((50, 50))[1]
    assert second.getpixel((50, 50))[2] > 200 > second.getpixel((50, 50))[0]
    fax = picture("TIFF", mode="1", pages=3)
    assert render_page(fax, "image/tiff", 2).pages == 3


@pytest.mark.parametrize(
    ("contents", "type", "reason"),
    [
        (bomb(), "image/png", NotShown.TOO_LARGE),
        (picture()[:-3000], "image/jpeg", NotShown.DAMAGED),
        (b"\xff\xd8\xff" + b"no picture" * 100, "image/jpeg", NotShown.DAMAGED),
        (picture("PNG"), "image/jpeg", NotShown.DAMAGED),
        (b"%PDF-1.4\nnothing", "application/pdf", NotShown.DAMAGED),
        (pdf(), "application/pdf", NotShown.DAMAGED),
        (encrypted_pdf(), "application/pdf", NotShown.ENCRYPTED),
        (picture(), "image/svg+xml", NotShown.DAMAGED),
    ],
)
def test_what_cannot_be_shown_says_why(contents: bytes, type: str, reason: NotShown) -> None:
    with pytest.raises(CannotShow) as refused:
        render_page(contents, type, 0)
    assert refused.value.reason is reason


def test_a_file_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resident_app.casework.attachments.rendering._MOST_SECONDS", 1.5)
    begun = time.monotonic()
    with pytest.raises(CannotShow) as refused:
        render_page(endless_pdf(), "application/pdf", 0)
    assert refused.value.reason is NotShown.TOO_SLOW
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "open('{folder}/written', 'w')",
        "socket.socket()",
        "os.fork()",
        "os.execv(sys.executable, [sys.executable, '-c', ''])",
        "os.kill(os.getppid(), 0)",
        "os.unlink('{folder}/there')",
        "os.mkdir('{folder}/more')",
    ],
)
def test_the_process_reaches_nothing(tmp_path: Path, attempt: str) -> None:
    """A file that takes it over can open, write, send and start nothing."""
    (tmp_path / "there").touch()
    folder = Path(render_process.__file__).parent
    code = (
        f"import os, socket, sys; sys.path.insert(0, {str(folder)!r}); import render_process as process\n"
        "process._limit(); process._close()\n"
        f"try: {attempt.format(folder=tmp_path)}\n"
        "except OSError as error: os.write(1, b'refused'); os._exit(0)\n"
        "os.write(1, b'done')"
    )
    finished = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, timeout=60, check=False
    )
    assert finished.stdout == b"refused", finished.stderr.decode()
    assert [one.name for one in tmp_path.iterdir()] == ["there"]


def test_no_file_is_opened_where_the_process_cannot_be_limited() -> None:
    folder = Path(render_process.__file__).parent
    code = (
        f"import platform, sys; sys.path.insert(0, {str(folder)!r}); import render_process\n"
        "platform.machine = lambda: 'another'; sys.argv[1:] = ['image/png', '0']; render_process.main()"
    )
    finished = subprocess.run(
        [sys.executable, "-I", "-c", code], input=picture("PNG"), capture_output=True, timeout=60, check=True
    )
    assert finished.stdout == b'{"refused": "not-limited"}\n'
