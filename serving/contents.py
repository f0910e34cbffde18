"""What a file that is no picture of ours seems to be, so that a refusal can say it."""

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive, or a document of that kind (docx, odt, apk)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\xff\x0a", "a JPEG XL picture, which is not supported"),
    (b"\x7fELF", "a program"),
    (b"RIFF", "a sound or a video (RIFF)"),
    (b"ID3", "a sound (MP3)"),
)
_SAMPLE = 4096
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1b"))


def kind_of(data: bytes) -> str:
    """The kind of a file, told by how it begins."""
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data[4:8] == b"ftyp":
        return "an MP4 or QuickTime video"
    return _text_kind(data[:_SAMPLE]) if _is_text(data[:_SAMPLE]) else "not a supported picture"


def _text_kind(sample: bytes) -> str:
    text = sample.lstrip(b"\xef\xbb\xbf").lstrip()
    if text[:5].lower() in (b"<svg ", b"<?xml"):
        return "an SVG drawing or XML"
    if text[:2] == b"# ":
        return "a text document (Markdown)"
    return {b"<": "an HTML page", b"{": "JSON text", b"[": "JSON text"}.get(text[:1], "text")


def _is_text(sample: bytes) -> bool:
    if sample.translate(None, _CONTROLS) != sample:
        return False
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 4  # a character cut in two by the sample's end
    return True
