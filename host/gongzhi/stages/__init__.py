"""The seven stages of the data path, in the order of their names: capture … send."""
