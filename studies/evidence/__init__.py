"""Evidence behind choices of the keypoints task."""
