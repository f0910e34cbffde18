#!/bin/sh
# Take out of /opt/venv what a server never runs, and compile what it does: slim.sh MODULE...
# The modules are imported once, so that what they load is stored compiled: the root file system is read-only later, and
# compiling all that is installed would double the size of the packages.
set -eu
cd /opt/venv/lib/python3.*/site-packages
# pip, type stubs, the packages' own tests, and the developer tools inside onnxruntime (quantization, converters).
rm -rf pip pip-*.dist-info setuptools setuptools-*.dist-info pkg_resources _distutils_hack distutils-precedence.pth
rm -rf /opt/venv/bin/pip*
rm -rf onnxruntime/transformers onnxruntime/quantization onnxruntime/tools onnxruntime/datasets
rm -rf numpy/tests numpy/*/tests numpy/f2py numpy/_core/include numpy/_core/lib cv2/data
rm -rf sqlalchemy/testing
find . -name '*.py[ix]' -delete
find . -type d -name tests -prune -exec rm -rf {} +
# Symbols for a debugger: half of the gateway's packages. Libraries that auditwheel has moved into *.libs stay as they are.
find . -path '*.libs' -prune -o -name '*.so' -type f -exec strip --strip-unneeded {} +
for module in "$@"; do
    /opt/venv/bin/python3 -c "import $module"
done
