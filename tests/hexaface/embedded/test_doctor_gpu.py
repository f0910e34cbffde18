"""Each usual failure of a GPU machine is named with what to do."""

import dataclasses

import pytest

from hexaface.embedded.doctor import examine
from hexaface.embedded.doctor_gpu import GpuFacts, faults, read_facts

GOOD = GpuFacts(
    providers=("CUDAExecutionProvider", "CPUExecutionProvider"),
    driver=580,
    device_visible=True,
    missing_libraries=(),
)


def test_a_good_machine_has_no_faults():
    assert list(faults(GOOD)) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"providers": ("CPUExecutionProvider",)}, "install onnxruntime-gpu"),
        ({"driver": None, "device_visible": False}, "no NVIDIA driver is loaded"),
        ({"driver": 535}, "535 is too old"),
        ({"device_visible": False}, "--gpus"),
        ({"missing_libraries": ("libcudnn.so.9",)}, "cuDNN 9 is missing"),
        ({"missing_libraries": ("libcudart.so.13",)}, "CUDA 13 runtime is missing"),
        ({"missing_libraries": ("libcuda.so.1",)}, "comes with the driver"),
    ],
)
def test_a_failure_is_named_alone(change, says):
    found = list(faults(dataclasses.replace(GOOD, **change)))
    assert len(found) == 1
    assert says in found[0]


@pytest.mark.skipif("CUDAExecutionProvider" in read_facts().providers, reason="this onnxruntime has CUDA")
def test_the_doctor_fails_when_cuda_is_asked_for_and_absent(monkeypatch):
    monkeypatch.setenv("HEXAFACE_PROVIDER", "cuda")
    findings = list(examine(1))
    gpu = [f for f in findings if f.question == "GPU"]
    assert {f.verdict for f in gpu} == {"fail"}
    assert any("onnxruntime-gpu" in f.answer for f in gpu)
