"""What a file is by its first and last bytes, whatever somebody calls it. Pure.

Sources: JPEG (ITU-T T.81, markers SOI and EOI), PNG (W3C, signature and IEND), WebP (RIFF
container), PDF (ISO 32000-1, 7.5.2 and 7.5.5).
"""

JPEG, PNG, WEBP, PDF = "image/jpeg", "image/png", "image/webp", "application/pdf"
PHOTO_TYPES = (JPEG, PNG, WEBP)
MEDIA_TYPES = (*PHOTO_TYPES, PDF)

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"
#: Writers may add white space or padding after the end; this far back it is looked for.
_TAIL_BYTES = 1_024


def media_type_of(content: bytes) -> str | None:
    """Return the media type of a whole file; None: none of those we keep, or cut off."""
    tail = content[-_TAIL_BYTES:]
    if content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in tail:
        return JPEG
    if content.startswith(_PNG_START) and _PNG_END in tail:
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        size = int.from_bytes(content[4:8], "little") + 8
        return WEBP if len(content) in {size, size + 1} else None
    if content.startswith(b"%PDF-") and b"%%EOF" in tail:
        return PDF
    return None
