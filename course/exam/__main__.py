"""The command: python -m exam --to FOLDER"""

from __future__ import annotations

import argparse
import secrets
from pathlib import Path

from .bank import BANK, write_bank


def main() -> None:
    parser = argparse.ArgumentParser(description="Exam questions, and their key.")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--to", type=Path, required=True)
    given = parser.parse_args()
    write_bank(secrets.randbelow(10**9) if given.seed is None else given.seed, given.to)
    print(f"{len(BANK)} questions in {given.to}")


if __name__ == "__main__":
    main()
