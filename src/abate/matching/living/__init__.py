"""What indexes that follow their banks are made of: rows that die, states that replace each other, the file.

An index of one kind brings the kernels, the parts that they search, and what a search gives.
"""
