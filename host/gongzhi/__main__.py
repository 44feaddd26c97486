"""`python -m gongzhi` does what `gongzhi` does."""

from gongzhi.cli import main

if __name__ == "__main__":
    main()
