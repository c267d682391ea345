"""The demonstration: its keys, its register and office of made-up people, its phone company."""
