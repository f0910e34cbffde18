"""The Open Inference Protocol v2 over a service's model: what Triton's and KServe's clients speak.

Delete this folder and its line in `serving/app.py`, and nothing else changes.
"""
