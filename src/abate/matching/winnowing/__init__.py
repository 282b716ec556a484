"""The inside of the winnowing index: kernels, the parts that a state is made of, and the file."""
