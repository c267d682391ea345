"""The process that makes a picture of one page: the file on stdin, a line of JSON and a JPEG on stdout.

The file is somebody else's, and may be made to break what reads it. So this process has little time and
memory, opens no file and no network, starts no other process, and holds no secret: it starts without our
environment. It imports nothing of ours, because it runs isolated (`python -I`).
"""

import ctypes
import json
import platform
import resource
import struct
import sys
import warnings
from io import BytesIO

import pypdfium2
from PIL import (
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

_FORMATS = {
    "image/jpeg": JpegImagePlugin.JpegImageFile.format,
    "image/png": PngImagePlugin.PngImageFile.format,
    "image/gif": GifImagePlugin.GifImageFile.format,
    "image/webp": WebPImagePlugin.WebPImageFile.format,
    "image/tiff": TiffImagePlugin.TiffImageFile.format,
}
_MOST_BYTES = 1536 * 1024 * 1024
_MOST_CPU_SECONDS = 10
_MOST_PIXELS = 120_000_000
_LONGEST_EDGE = 2200
_DOTS_PER_POINT = 150 / 72
_QUALITY = 85

# Of seccomp(2), linux/audit.h and linux/filter.h.
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_X32_CALLS = 0x40000000
"""From here on x86_64 has its calls a second time, for programs with short pointers."""
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_REFUSED_CALLS = {
    # open, socket, connect, accept, sendto, sendmsg, bind, listen, clone, fork, vfork, execve, kill, creat,
    # ptrace, tkill, openat, unshare, process_vm_readv, process_vm_writev, execveat, io_uring_setup,
    # pidfd_open, clone3, openat2, pidfd_getfd; mkdir, rename, unlink, link, symlink, truncate, and those of
    # them with `at`.
    "x86_64": (
        *(2, 41, 42, 43, 44, 46, 49, 50, 56, 57, 58, 59, 62, 85, 101, 200, 257, 272, 310, 311, 322, 425),
        *(434, 435, 437, 438, 76, 82, 83, 86, 87, 88, 258, 263, 264, 265, 266, 316),
    ),
    "aarch64": (
        *(56, 198, 203, 202, 206, 211, 200, 201, 220, 221, 129, 117, 130, 97, 270, 271, 281, 425, 434, 435),
        *(437, 438, 45, 34, 35, 36, 37, 38, 276),
    ),
}


class Refused(Exception):
    """Why nothing is shown: `encrypted`, `damaged`, `too-large` or `no-page`."""


class NotLimited(Exception):
    """The system does not let this process be limited, so it opens no file."""


def main() -> None:
    """Read the file's type and the page's number, counted from 0, from the arguments, and write the page."""
    type, number = sys.argv[1], int(sys.argv[2])
    _limit()
    contents = sys.stdin.buffer.read()
    try:
        _close()
        count, jpeg = _page(contents, type, number)
        head: dict[str, object] = {"pages": count}
    except Refused as refused:
        head, jpeg = {"refused": str(refused)}, b""
    except NotLimited:
        head, jpeg = {"refused": "not-limited"}, b""
    except MemoryError:
        head, jpeg = {"refused": "too-large"}, b""
    except Exception:
        # Whatever the libraries raise about a file that somebody made.
        head, jpeg = {"refused": "damaged"}, b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + jpeg)


def _page(contents: bytes, type: str, number: int) -> tuple[int, bytes]:
    if type == "application/pdf":
        return _pdf_page(contents, number)
    return _picture(contents, type, number)


def _pdf_page(contents: bytes, number: int) -> tuple[int, bytes]:
    try:
        document = pypdfium2.PdfDocument(contents)
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted" if "password" in str(error).lower() else "damaged") from None
    if not 0 <= number < len(document):
        raise Refused("no-page")
    document.init_forms()
    page = document[number]
    longest = max(page.get_size())
    if not longest > 0:
        raise Refused("damaged")
    scale = min(_DOTS_PER_POINT, _LONGEST_EDGE / longest)
    return len(document), _jpeg(page.render(scale=scale).to_pil())


def _picture(contents: bytes, type: str, number: int) -> tuple[int, bytes]:
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        picture = Image.open(BytesIO(contents), formats=[_FORMATS[type] or ""])
        # An animation is shown by its first frame. A fax has several pages.
        count = getattr(picture, "n_frames", 1) if type == "image/tiff" else 1
        if not 0 <= number < count:
            raise Refused("no-page")
        picture.seek(number)
        if picture.width * picture.height > _MOST_PIXELS:
            raise Refused("too-large")
        picture.draft("RGB", (_LONGEST_EDGE, _LONGEST_EDGE))
        picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("too-large") from None
    return count, _jpeg(ImageOps.exif_transpose(picture))


def _jpeg(picture: Image.Image) -> bytes:
    """Return the pixels alone, on white, as a new JPEG without anything that was written beside them."""
    if picture.mode.startswith(("I", "F")):
        picture = picture.convert("L")
    picture.thumbnail((_LONGEST_EDGE, _LONGEST_EDGE))
    with_alpha = picture.convert("RGBA")
    page = Image.new("RGB", with_alpha.size, "white")
    page.paste(with_alpha, mask=with_alpha.getchannel("A"))
    made = BytesIO()
    page.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()


def _limit() -> None:
    """Limit time and memory, and let this process start no other and write to no file."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_SECONDS, _MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _close() -> None:
    """Refuse from now on whatever reaches beyond this process. Raises NotLimited."""
    _import_everything()
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    _refuse_calls()


def _import_everything() -> None:
    """Show a small picture of each kind, because the libraries import what they need when they need it."""
    kinds = [(type, mode) for type in _FORMATS for mode in ("RGB", "P", "1", "L", "RGBA", "CMYK", "I;16")]
    for type, mode in [*kinds, ("application/pdf", "RGB")]:
        made = BytesIO()
        try:
            Image.new(mode, (2, 2)).save(made, _FORMATS.get(type, "PDF"))
        except (OSError, KeyError, ValueError):
            continue  # This type has no such pixels.
        _page(made.getvalue(), type, 0)


def _refuse_calls() -> None:
    """Refuse system calls that open files, sockets or other processes (seccomp(2), with a filter)."""
    machine = platform.machine()
    calls = _REFUSED_CALLS.get(machine)
    if calls is None:
        raise NotLimited
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_IF_EQUAL, 0, len(calls) + 3, _ARCHITECTURES[machine]),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_IF_AT_LEAST, len(calls) + 1, 0, _X32_CALLS),
        *((_JUMP_IF_EQUAL, len(calls) - place, 0, call) for place, call in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    head = struct.pack("HP", len(steps), ctypes.addressof(program))
    library = ctypes.CDLL(None)
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise NotLimited
    if library.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.create_string_buffer(head)):
        raise NotLimited


if __name__ == "__main__":
    main()
