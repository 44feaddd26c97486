"""合在一起：所有人的数据，小神经网络。 Together: everybody's data, and the network."""

import sys

from network import learn


def run(folder, out):
    """Writes out.tflite."""
    return learn(folder, None, f"{out}.tflite")


if __name__ == "__main__":
    print(run(sys.argv[1], "step4_together"))
