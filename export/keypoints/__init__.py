"""How the keypoints model is made: Google's face mesh and blendshapes fused, points calibrated, all measured."""
