"""Gongzhi 共智: people and machines decide together; what a student imports stands here."""

__version__ = "0.1.0"
