"""``python -m abate``."""

from abate.cli import main

if __name__ == "__main__":
    main()
