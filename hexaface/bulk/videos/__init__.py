"""Videos: frames sampled, faces followed, a row per face and frame and one per person who was followed."""
