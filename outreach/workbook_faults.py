"""What reading a damaged Excel workbook raises, wherever in it the damage is, and how large one unpacks."""

import zipfile
import zlib
from xml.etree.ElementTree import ParseError

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
)
"""What openpyxl lets through when a workbook is damaged, or is none."""


def unpacked_size(packed: zipfile.ZipFile) -> int:
    """Bytes to which the workbook unpacks."""
    return sum(each.file_size for each in packed.infolist())
