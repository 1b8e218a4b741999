"""Write every file anew: `python -m manifests`."""

from pathlib import Path

from manifests.making import files

ROOT = Path(__file__).parent


def main() -> None:
    """Write the files beside this module."""
    for name, content in files().items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
