#!/bin/sh
# Take out of /opt/venv what a server never runs: pip, type stubs, the packages' own tests, and the developer tools
# inside onnxruntime (quantization, transformers, converters).
set -eu
cd /opt/venv/lib/python3.*/site-packages
rm -rf pip pip-*.dist-info setuptools setuptools-*.dist-info /opt/venv/bin/pip*
rm -rf onnxruntime/transformers onnxruntime/quantization onnxruntime/tools onnxruntime/datasets
rm -rf numpy/tests numpy/*/tests numpy/f2py numpy/_core/include numpy/_core/lib cv2/data
find . -name '*.pyi' -delete
find . -type d -name tests -prune -exec rm -rf {} +
