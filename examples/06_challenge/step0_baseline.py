"""基线：四个人的数据，看平均姿势。 The baseline: four people, the mean posture."""

import sys

from methods import FEW, nearest_mean, posture


def run(folder, out):
    """Writes out.csv."""
    return nearest_mean(folder, posture, FEW, f"{out}.csv")


if __name__ == "__main__":
    print(run(sys.argv[1], "step0_baseline"))
