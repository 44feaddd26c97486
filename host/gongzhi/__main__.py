"""Takes the command line, chooses the language of everything that is said, then lets the command line do the rest.

Here and not in gongzhi.cli: the help texts are made when that is loaded, so the language must be known before.
"""

import sys

from gongzhi import text


def main() -> None:
    """What `gongzhi` and `python -m gongzhi` do."""
    words = sys.argv[1:]
    for at, word in enumerate(words):
        name, _, value = word.partition("=")
        if name == "--lang" and (value or at + 1 < len(words)):
            text.choose(value or words[at + 1])
    from gongzhi.cli import main as run

    run()


if __name__ == "__main__":
    main()
