"""Writes the Python of `airloom.proto`, or checks that it is up to date.

python -m model_service.grpc.generate            writes airloom_pb2.py, .pyi and airloom_pb2_grpc.py
python -m model_service.grpc.generate --check    fails if one of them is out of date
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from airloom.files import write_text

FOLDER: Final = Path(__file__).parent
PROTO: Final = "model_service/grpc/airloom.proto"
GENERATED: Final = ("airloom_pb2.py", "airloom_pb2.pyi", "airloom_pb2_grpc.py")


def main() -> None:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of date")
    check = parser.parse_args().check
    texts = generated()
    stale = [name for name, text in texts.items() if not _is(FOLDER / name, text)]
    if check and stale:
        sys.exit(f"Out of date: {', '.join(stale)}. Run: python -m model_service.grpc.generate")
    if not check:
        for name, text in texts.items():
            write_text(FOLDER / name, text)


def generated() -> dict[str, str]:
    """Return the text of every generated file, by its name."""
    from grpc_tools import _proto, protoc

    root = FOLDER.parents[1]
    with TemporaryDirectory(prefix="airloom-") as folder:
        status = protoc.main(
            [
                "protoc",
                f"--proto_path={root}",
                f"--proto_path={Path(_proto.__path__[0])}",
                f"--python_out={folder}",
                f"--pyi_out={folder}",
                f"--grpc_python_out={folder}",
                PROTO,
            ]
        )
        if status:
            sys.exit(f"{PROTO} is not valid, see above")
        output = Path(folder, PROTO).parent
        return {name: (output / name).read_text(encoding="utf-8") for name in GENERATED}


def _is(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()
