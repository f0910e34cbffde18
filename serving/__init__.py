"""What every service is made of: ONNX sessions, dynamic batching, picture decoding, health and routes."""
