"""Convolutional networks for the 15 points of the Kaggle facial-keypoints data, the mesh's challengers."""
