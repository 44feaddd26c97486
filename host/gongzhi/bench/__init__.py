"""Benches: each module measures one thing and gives a dict of figures for `gongzhi bench`."""
