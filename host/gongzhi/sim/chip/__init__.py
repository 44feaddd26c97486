"""The process of one virtual board: an interpreter on its main thread, the hardware beside it."""
