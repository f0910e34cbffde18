"""Lint and render the chart with Helm's own library, validate every object strictly, hold pods to "restricted"; the
manifests for KServe and KubeRay alike.

Run by `make check-helm`, which installs helm-python-sdk and kubernetes-validate.
"""

import sys
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import yaml

CHART = Path(__file__).parent / "hexaface"
KSERVE = Path(__file__).parent.parent / "kserve"
RAY = Path(__file__).parent.parent / "ray"
TASKS = {"detector", "embedder", "attributes", "emotion", "keypoints", "generator", "liveness"}
PERMISSIVE = {"detector", "attributes", "keypoints", "liveness"}
VERSION = "1.37"
_WARNING = 2
# Kinds of other projects, whose schemas are not Kubernetes' own.
FOREIGN = {"ServiceMonitor", "ScaledObject"}
BROKEN = (
    {"gatewey": {}},
    {"serviceDefaults": {"maxBatch": 0}},
    {"databaseUrl": "mysql://x"},
    {"profile": "commercial"},
    {"services": {"liveness": {"gpuResource": "a gpu"}}},
    {"embedders": {"Next": {}}},
    {"embedders": {"next": {"url": "http://elsewhere"}}},
)
# Fields of ray.io/v1 RayJob that are ours to set; anything else is a slip of the pen, which KubeRay would drop in silence.
RAY_JOB = {
    "entrypoint",
    "submissionMode",
    "shutdownAfterJobFinishes",
    "ttlSecondsAfterFinished",
    "backoffLimit",
    "rayClusterSpec",
}
RAY_GROUP = {"groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template"}


def main() -> int:
    """Check every value set; the number of faults."""
    faults = []
    sets = {"defaults": {}}
    sets |= {p.stem: yaml.safe_load(p.read_text()) for p in sorted((CHART / "values").glob("*.yaml"))}
    for name, values in sets.items():
        with helm_python.Chart.load(CHART) as chart:
            chart.validate_schema(values)
            objects = rendered(chart, values)
        kinds = sorted({o["kind"] for o in objects})
        faults += [f"{name}: {fault}" for o in objects for fault in faults_of(o)]
        faults += [f"{name}: {fault}" for fault in (*service_faults(objects, values), *lint(values))]
        sys.stdout.write(f"{name}: {len(objects)} objects ({', '.join(kinds)})\n")
    with helm_python.Chart.load(CHART) as chart:
        faults += [f"the schema admits {values}" for values in BROKEN if admitted(chart, values)]
    faults += kserve_faults() + ray_faults()
    sys.stdout.write("\n".join([*faults, f"{len(faults)} faults"]) + "\n")
    return len(faults)


def rendered(chart: helm_python.Chart, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Every object of a release named `faces`."""
    manifests = chart.render(values=values, name="faces", namespace="hexaface")
    texts = manifests.values() if isinstance(manifests, dict) else [str(manifests)]
    return [o for text in texts for o in yaml.safe_load_all(text) if o]


def faults_of(found: dict[str, Any]) -> list[str]:
    """What is wrong with one object."""
    name = f"{found['kind']}/{found['metadata']['name']}"
    faults = []
    if found["kind"] not in FOREIGN:
        try:
            kubernetes_validate.validate(found, VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            faults.append(f"{name}: {error.message} at {'.'.join(map(str, error.path))}")
    if found["kind"] == "Deployment":
        faults += [f"{name}: {fault}" for fault in unrestricted(found["spec"]["template"]["spec"])]
    return faults


def service_faults(objects: list[dict[str, Any]], values: dict[str, Any]) -> list[str]:
    """Whether each task of the profile and each embedder has a Deployment and a Service, and the gateway their addresses."""
    profile = values.get("profile", "default")
    tasks = PERMISSIVE if profile == "permissive" else TASKS
    embedders = [
        *({"embedder"} & tasks),
        *(f"embedder-{name}" for name in sorted(values.get("embedders", {}))),
    ]
    wanted = {(kind, f"faces-{name}") for kind in ("Deployment", "Service") for name in (*tasks, *embedders)}
    by_name = {(o["kind"], o["metadata"]["name"]): o for o in objects}
    others = {("Deployment", "faces-gateway"), ("Service", "faces-gateway")}
    others |= {("Deployment", "faces-portal"), ("Service", "faces-portal")}
    found = {key for key in by_name if key[0] in {"Deployment", "Service"}} - others
    faults = [f"{kind}/{name} is missing or too many" for kind, name in sorted(found ^ wanted)]
    told = environment(by_name["Deployment", "faces-gateway"])
    for task in TASKS:
        names = embedders if task == "embedder" else {task} & tasks
        address = ",".join(f"http://faces-{name}:8000" for name in names)
        if told[f"HEXAFACE_{task.upper()}_URL"] != address:
            faults.append(f"the gateway asks {told[f'HEXAFACE_{task.upper()}_URL']!r}, not {address!r}")
    profiles = {environment(by_name["Deployment", f"faces-{task}"])["HEXAFACE_PROFILE"] for task in tasks}
    return faults if profiles == {profile} else [*faults, f"the services have the profiles {profiles}"]


def environment(deployment: dict[str, Any]) -> dict[str, Any]:
    """What the container of a Deployment is told."""
    env = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    return {variable["name"]: variable["value"] for variable in env}


def ray_faults() -> list[str]:
    """What is wrong with the RayJobs: fields that KubeRay has, pods as Kubernetes takes them, one image for all."""
    faults, files = [], sorted(RAY.glob("*.yaml"))
    for path in files:
        found = yaml.safe_load(path.read_text())
        cluster = found["spec"]["rayClusterSpec"]
        head, workers = cluster["headGroupSpec"], cluster["workerGroupSpecs"]
        if (found["apiVersion"], found["kind"]) != ("ray.io/v1", "RayJob"):
            faults.append(f"{path.name}: not a RayJob")
        unknown = (set(found["spec"]) - RAY_JOB) | (
            set(cluster) - {"rayVersion", "headGroupSpec", "workerGroupSpecs"}
        )
        unknown |= {key for group in (head, *workers) for key in set(group) - RAY_GROUP}
        faults += [f"{path.name}: KubeRay has no {key}" for key in sorted(unknown)]
        pods = [group["template"]["spec"] for group in (head, *workers)]
        images = {container["image"] for pod in pods for container in pod["containers"]}
        if len(images) != 1:
            faults.append(f"{path.name}: head and workers must run one image, not {sorted(images)}")
        for pod in pods:
            as_pod = {"apiVersion": "v1", "kind": "Pod", "metadata": found["metadata"], "spec": pod}
            # Ray writes where it likes beside /tmp; "restricted" does not ask for a read-only root.
            faults += [
                f"{path.name}: {fault}" for fault in (*faults_of(as_pod), *unrestricted(pod, read_only=False))
            ]
    sys.stdout.write(f"ray: {len(files)} objects (RayJob)\n")
    return faults


def kserve_faults() -> list[str]:
    """What is wrong with the InferenceServices: one per task, their predictors pods as Kubernetes takes them."""
    files = {path.stem: path for path in KSERVE.glob("*.yaml")}
    faults = [f"kserve: no manifest of its own for {task}" for task in TASKS ^ set(files)]
    for task, path in sorted(files.items()):
        found = yaml.safe_load(path.read_text())
        head = (found["apiVersion"], found["kind"], found["metadata"]["name"], set(found["spec"]))
        if head != ("serving.kserve.io/v1beta1", "InferenceService", f"hexaface-{task}", {"predictor"}):
            faults.append(f"{path.name}: not an InferenceService of {task}")
        # KServe's PredictorSpec is a PodSpec with fields of its own; these two of them are used.
        pod = {k: v for k, v in found["spec"]["predictor"].items() if k not in {"minReplicas", "maxReplicas"}}
        if [container["name"] for container in pod["containers"]] != ["kserve-container"]:
            faults.append(f"{path.name}: KServe routes to the container named kserve-container")
        as_pod = {"apiVersion": "v1", "kind": "Pod", "metadata": found["metadata"], "spec": pod}
        faults += [f"{path.name}: {fault}" for fault in (*faults_of(as_pod), *unrestricted(pod))]
    sys.stdout.write(f"kserve: {len(files)} objects (InferenceService)\n")
    return faults


def unrestricted(pod: dict[str, Any], *, read_only: bool = True) -> list[str]:
    """What the "restricted" Pod Security Standard would reject, and a root file system that can be written to."""
    security, faults = pod["securityContext"], []
    if not security["runAsNonRoot"] or security["seccompProfile"]["type"] != "RuntimeDefault":
        faults.append("the pod's security context is not restricted")
    if {k for volume in pod["volumes"] for k in volume} - {
        "name",
        "emptyDir",
        "secret",
        "persistentVolumeClaim",
    }:
        faults.append("a volume of a kind that is not allowed")
    for container in pod["containers"]:
        own = container["securityContext"]
        if (
            own["allowPrivilegeEscalation"]
            or own["capabilities"]["drop"] != ["ALL"]
            or (read_only and not own["readOnlyRootFilesystem"])
        ):
            faults.append("the container's security context is not restricted")
    return faults


def admitted(chart: helm_python.Chart, values: dict[str, Any]) -> bool:
    """Whether the schema lets wrong values pass."""
    try:
        chart.validate_schema(values)
    except helm_python.HelmError:
        return False
    return True


def lint(values: dict[str, Any]) -> list[str]:
    """Helm's own lint: its warnings and errors."""
    report = helm_python.lint(CHART, values, strict=True)
    messages = [f"lint: {m['path']}: {m['error']}" for m in report["messages"] if m["severity"] >= _WARNING]
    return messages + [f"lint: {error}" for error in report["errors"]]


if __name__ == "__main__":
    sys.exit(main())
