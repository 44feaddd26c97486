"""更好的模型：还是四个人，小神经网络学整段动作。 Better model: four people, a network sees the whole movement."""

import sys

from methods import FEW
from network import learn


def run(folder, out):
    """Writes out.tflite."""
    return learn(folder, FEW, f"{out}.tflite")


if __name__ == "__main__":
    print(run(sys.argv[1], "step3_better_model"))
