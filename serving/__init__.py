"""What every service is made of: ONNX sessions, dynamic batching, picture decoding, health and routes."""

import os

# onnxruntime reports its use to its vendor unless this is set before its first import; photos of people are analysed here.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
