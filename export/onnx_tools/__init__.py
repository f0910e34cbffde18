"""Graph and file tools: ONNX, TFLite and torch files read, built and rewritten."""
