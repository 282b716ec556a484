"""The inside of the Hamming index: kernels, the parts that a state is made of, and the file."""
