"""Liveness: is this a face before the camera, or a picture of one?"""
