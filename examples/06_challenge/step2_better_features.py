"""更好的特征：还是四个人，也看动得多大多快。 Better features: four people, and how much and how fast they move."""

import sys

from methods import FEW, movement, nearest_mean


def run(folder, out):
    """Writes out.csv."""
    return nearest_mean(folder, movement, FEW, f"{out}.csv")


if __name__ == "__main__":
    print(run(sys.argv[1], "step2_better_features"))
