"""The messages: what may be asked and what is answered, in public and between gateway and services.

Beside frozen pydantic models a module here may hold what both ends must compute alike: pure functions of messages and
numbers (the geometry of chips and keypoints, the arithmetic of action units). Nothing here reads, sends, waits or needs
numpy, and nothing here decides what a server does.
"""
