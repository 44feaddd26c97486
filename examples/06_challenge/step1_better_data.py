"""更好的数据：同样的办法，学所有人（大人和孩子）。 Better data: the same method learns from everybody."""

import sys

from methods import nearest_mean, posture


def run(folder, out):
    """Writes out.csv."""
    return nearest_mean(folder, posture, None, f"{out}.csv")


if __name__ == "__main__":
    print(run(sys.argv[1], "step1_better_data"))
