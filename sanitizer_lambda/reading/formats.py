"""First bytes of formats that are no CSV, what each is called and what its owner can do instead."""

from __future__ import annotations

SAVE_AS = "open it in its program and save it as CSV"
UNPACK = "unpack it and upload the CSV inside"
EXPORT = "export the table as CSV"
CHOOSE = "choose the CSV file instead"
UNLOCK = "open it with its password and save it as CSV"

# (offset, bytes, what it is, what to do). Where the bytes are letters, binary data must follow.
MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\x1f\x8b", "a gzip archive", UNPACK),
    (0, b"\x1f\x9d", "a compressed file", UNPACK),
    (0, b"BZh", "a bzip2 archive", UNPACK),
    (0, b"\xfd7zXZ\x00", "an xz archive", UNPACK),
    (0, b"\x5d\x00\x00\x80\x00", "an LZMA archive", UNPACK),
    (0, b"LZIP\x01", "an lzip archive", UNPACK),
    (0, b"\x04\x22\x4d\x18", "an LZ4 archive", UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (0, b"MSCF\x00\x00\x00\x00", "a cabinet archive", UNPACK),
    (0, b"!<arch>\n", "a package", CHOOSE),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image", EXPORT),
    (0, b"\xff\xd8\xff", "a JPEG image", EXPORT),
    (0, b"GIF87a", "a GIF image", EXPORT),
    (0, b"GIF89a", "a GIF image", EXPORT),
    (0, b"II*\x00", "a TIFF image", EXPORT),
    (0, b"MM\x00*", "a TIFF image", EXPORT),
    (0, b"8BPS\x00\x01", "a Photoshop image", EXPORT),
    (0, b"\x00\x00\x00\x0cjP  \r\n", "a JPEG 2000 image", EXPORT),
    (0, b"\x00\x00\x01\x00", "an icon", CHOOSE),
    (0, b"\x7fELF", "a program", CHOOSE),
    (0, b"\xcf\xfa\xed\xfe", "a program", CHOOSE),
    (0, b"\xce\xfa\xed\xfe", "a program", CHOOSE),
    (0, b"\x00asm", "a program", CHOOSE),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "a shortcut", "upload the file that it leads to"),
    (0, b"SQLite format 3\x00", "a SQLite database", EXPORT),
    (4, b"Standard Jet DB", "an Access database", EXPORT),
    (4, b"Standard ACE DB", "an Access database", EXPORT),
    (0, b"PAR1", "a Parquet file", EXPORT),
    (0, b"ARROW1\x00\x00", "an Arrow file", EXPORT),
    (0, b"FEA1", "a Feather file", EXPORT),
    (0, b"Obj\x01", "an Avro file", EXPORT),
    (0, b"ORC", "an ORC file", EXPORT),
    (0, b"\x93NUMPY", "a NumPy array", EXPORT),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file", EXPORT),
    (0, b"CDF\x01", "a NetCDF file", EXPORT),
    (0, b"CDF\x02", "a NetCDF file", EXPORT),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file", EXPORT),
    (0, b"RDX2\n", "an R data file", EXPORT),
    (0, b"RDX3\n", "an R data file", EXPORT),
    (0, b"$FL2@(#)", "an SPSS file", EXPORT),
    (0, b"$FL3@(#)", "an SPSS file", EXPORT),
    (0, b"<stata_dta><header>", "a Stata file", EXPORT),
    (12, b"\xc2\xea\x81\x60\xb3\x14\x11\xcf", "a SAS data set", EXPORT),
    (0, b"HEADER RECORD*******LIB", "a SAS transport file", EXPORT),
    (0, b"bplist00", "a property list", EXPORT),
    (0, b"\x09\x08\x10\x00\x00\x06", "an Excel workbook", SAVE_AS),
    (0, b"\x09\x04\x06\x00", "an Excel workbook", SAVE_AS),
    (0, b"\x09\x02\x06\x00", "an Excel workbook", SAVE_AS),
    (0, b"\x09\x00\x04\x00", "an Excel workbook", SAVE_AS),
    (0, b"\x00\x00\x1a\x00", "a Lotus 1-2-3 worksheet", SAVE_AS),
    (0, b"ID3", "an MP3 recording", CHOOSE),
    (0, b"\xff\xfb", "an MP3 recording", CHOOSE),
    (0, b"\xff\xf3", "an MP3 recording", CHOOSE),
    (0, b"OggS\x00", "an Ogg recording", CHOOSE),
    (0, b"fLaC\x00", "a FLAC recording", CHOOSE),
    (0, b"MThd\x00", "a MIDI recording", CHOOSE),
    (0, b"\x1aE\xdf\xa3", "a video", CHOOSE),
    (0, b"\x00\x00\x01\xba", "a video", CHOOSE),
    (0, b"\x00\x00\x01\xb3", "a video", CHOOSE),
    (0, b"\x00\x01\x00\x00\x00", "a font", CHOOSE),
    (0, b"OTTO\x00", "a font", CHOOSE),
    (0, b"ttcf\x00", "a font", CHOOSE),
    (0, b"wOFF", "a font", CHOOSE),
    (0, b"wOF2", "a font", CHOOSE),
)
# What a RIFF or ISO media container holds, by the bytes from 8 on; whatever else it holds is a video.
RIFF = {b"WAVE": "a WAV recording", b"WEBP": "a WebP image", b"AVI ": "a video"}
MEDIA = {b"heic": "a HEIC image", b"mif1": "a HEIC image", b"avif": "an AVIF image", b"M4A ": "an audio recording"}
# A name inside a ZIP archive -> what the archive is.
ZIPPED: tuple[tuple[bytes, str, str], ...] = (
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet", SAVE_AS),
    (b"opendocument.", "an OpenDocument file", EXPORT),
    (b"xl/", "an Excel workbook", SAVE_AS),
    (b".iwa", "a Numbers spreadsheet", SAVE_AS),
    (b"Index.zip", "a Numbers spreadsheet", SAVE_AS),
    (b"word/", "a Word document", EXPORT),
    (b"ppt/", "a PowerPoint presentation", EXPORT),
    (b".npy", "a NumPy archive", EXPORT),
    (b"META-INF/MANIFEST.MF", "a program", CHOOSE),
)
# A stream's name in an OLE container -> what the container is.
OLE: tuple[tuple[str, str, str], ...] = (
    ("EncryptedPackage", "a password-protected workbook", UNLOCK),
    ("Workbook", "an Excel workbook", SAVE_AS),
    ("Book", "an Excel workbook", SAVE_AS),
    ("WordDocument", "a Word document", EXPORT),
    ("PowerPoint Document", "a PowerPoint presentation", EXPORT),
    ("__properties_version1.0", "an Outlook message", EXPORT),
)
