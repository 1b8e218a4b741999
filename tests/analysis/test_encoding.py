"""Which encoding bytes are in, and what is said of it."""

import codecs
from io import BytesIO
from pathlib import Path

import pytest

from unique_analytics_mcp.analysis.encoding import Encoding, beginning, beginning_if_utf8, opened, settle

UMLAUTS = "Zoë, Jürg und Renée\n"


def file_of(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "report.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "codec", "damaged", "text"),
    [
        pytest.param(b"plain\n", "utf-8-sig", 0, "plain\n", id="ASCII"),
        pytest.param(UMLAUTS.encode(), "utf-8-sig", 0, UMLAUTS, id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + UMLAUTS.encode(), "utf-8-sig", 0, UMLAUTS, id="UTF-8 with a mark"),
        pytest.param(UMLAUTS.encode("utf-16"), "utf-16", 0, UMLAUTS, id="UTF-16, little"),
        pytest.param(codecs.BOM_UTF16_BE + UMLAUTS.encode("utf-16-be"), "utf-16", 0, UMLAUTS, id="UTF-16, big"),
        pytest.param(UMLAUTS.encode("latin-1"), "cp1252", 0, UMLAUTS, id="Latin-1"),
        pytest.param("€ 5 „Zoë“\n".encode("cp1252"), "cp1252", 0, "€ 5 „Zoë“\n", id="Windows-1252"),
        pytest.param(b"Zo\xeb \x81\n", "cp1252", 1, "Zoë �\n", id="Windows-1252 with a byte it has not"),
        pytest.param("Jürg".encode() + b" \xff\xc3", "utf-8-sig", 2, "Jürg ��", id="UTF-8, damaged twice"),
        pytest.param("real � ü".encode() + b"\xff", "utf-8-sig", 1, "real � ü�", id="a real replacement character"),
        pytest.param(codecs.BOM_UTF16_LE + b"a\0\0\xd8b\0", "utf-16", 1, "a�b", id="UTF-16, half a character"),
    ],
)
def test_the_encoding_is_settled_from_all_bytes(
    tmp_path: Path, content: bytes, codec: str, damaged: int, text: str
) -> None:
    path = file_of(tmp_path, content)
    encoding = settle(path)
    assert encoding == Encoding(codec=codec, damaged=damaged)
    assert beginning(path, encoding) == text
    with opened(path, encoding) as whole:
        assert whole.read() == text


def test_a_character_across_the_end_of_a_chunk_is_no_damage(tmp_path: Path) -> None:
    content = b"x" * (2**18 - 1) + "üü".encode()
    assert settle(file_of(tmp_path, content)) == Encoding(codec="utf-8-sig", damaged=0)
    assert beginning_if_utf8(BytesIO(content)) == "x" * (2**18 - 1)


@pytest.mark.parametrize("content", [UMLAUTS.encode("latin-1"), UMLAUTS.encode("utf-16"), b"cut \xc3"])
def test_a_beginning_that_is_not_utf8_is_none(content: bytes) -> None:
    assert beginning_if_utf8(BytesIO(content)) is None


@pytest.mark.parametrize(
    ("encoding", "remarks"),
    [
        (Encoding(codec="utf-8-sig", damaged=0), ()),
        (Encoding(codec="utf-16", damaged=0), ("The file is UTF-16.",)),
        (Encoding(codec="cp1252", damaged=0), ("The file is not UTF-8; it was read as Windows-1252.",)),
        (Encoding(codec="utf-8-sig", damaged=1), ("1 place in the file cannot be decoded and read as �.",)),
        (Encoding(codec="utf-8-sig", damaged=2), ("2 places in the file cannot be decoded and read as �.",)),
    ],
    ids=str,
)
def test_what_was_not_plain_utf8_is_said(encoding: Encoding, remarks: tuple[str, ...]) -> None:
    assert encoding.remarks == remarks
