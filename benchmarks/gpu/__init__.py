"""The proof of the GPU providers, in one command on the first machine that has one: `make gpu-proof`."""
