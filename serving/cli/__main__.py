"""``python -m serving.cli``: the same as the command ``cuelight``."""

from serving.cli.app import main

if __name__ == "__main__":
    main()
