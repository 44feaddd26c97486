"""The running project: everything that `gongzhi run` starts, joins and ends."""
