"""From weights or training data to the self-describing ONNX files under models/."""
