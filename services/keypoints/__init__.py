"""The keypoints service: named points, mesh, action units, gaze and head pose of a face."""
