"""Write docs/accuracy.md: every served model, measured through the product's own path on the dev splits."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from export import manifest
from export.onnx_tools.sessions import Session
from export.publish import MODELS
from export.report import attributes, emotion, generator, verification
from export.report.plain import plain_section
from export.report.section import Section

DOCS = Path(__file__).resolve().parents[2] / "docs"

SECTIONS: Mapping[str, Callable[[Session, Path], Section]] = {
    "detector": plain_section(
        "detector",
        "Detection (detector)",
        "Published, WIDER FACE val easy / medium / hard: YuNet-n .892 / .883 / .811, CenterFace .935 / .924 / .875, "
        "MTCNN .848 / .825 / .598, "
        "SCRFD-10G .952 / .939 / .831. The dev pictures are of five of its 61 events, so recall by box height is given "
        "instead. Student project: .95 (YOLO-FACE, own pictures).",
    ),
    "detector-points": plain_section(
        "detector",
        "Landmarks after the second look (detector-points)",
        "Five points, in the picture; the mesh of the keypoints service is another network.",
        variant="points",
    ),
    **{
        f"detector-{name}": plain_section(
            "detector",
            f"Detection, an older detector (detector-{name})",
            f"On the same pictures, chosen by `HEXAFACE_DETECTOR={name}`; times stand in "
            "[the detector's page](../services/detector/README.md).",
            variant=name,
        )
        for name in ("centerface", "mtcnn")
    },
    "detector-blazeface": plain_section(
        "detector",
        "Detection, permissive profile (detector-blazeface)",
        "On the same pictures as the default detector, whose licence [is another](licences.md).",
        variant="blazeface",
    ),
    "embedder": verification.section,
    "attributes": attributes.section,
    "attributes-packaged": plain_section(
        "attributes",
        "Age and gender, permissive profile (attributes-packaged)",
        "On the same pictures as the default model, whose licence [is another](licences.md).",
        variant="packaged",
    ),
    "emotion": emotion.section,
    "keypoints": plain_section(
        "keypoints",
        "Keypoints, action units, gaze and pose (keypoints)",
        "Published: Kaggle's 15 points at 96x96, ResNet-18 of the student project 2.05 px^2 validation MSE, about 3 on the "
        "hidden test.",
    ),
    "keypoints-nearest": plain_section(
        "keypoints",
        "Keypoints, permissive profile (keypoints-nearest)",
        "On the same pictures as the default model, whose licence [is another](licences.md).",
        variant="nearest",
    ),
    "generator": generator.section,
    "liveness": plain_section(
        "liveness",
        "Liveness (liveness)",
        "Advisory. Recorded attacks cannot be measured here; the source's measurement: half total error about .10.",
    ),
    "liveness-pair": plain_section(
        "liveness",
        "Liveness, permissive profile (liveness-pair)",
        "Advisory, on the same pictures as the default model, whose licence [is another](licences.md).",
        variant="pair",
    ),
}

_INTRODUCTION = """# Accuracy

Measured with `python -m export evaluate --all`: each picture's bytes go through the detector service (decode, detect,
align, chip), and the chips through the same preprocessing and the same ONNX file that the services use. Numbers are of
the dev splits, which nothing was trained on; intervals are 95 % (Wilson's for shares, normal for means). A number
without an interval is a published one or a threshold. "Student project" is what the reports that HexaFace grew from
(homework of 2020 to 2023 on these six tasks) gave for the same task, on pictures of their own.

The dev splits were used to choose between models, so expect slightly lower numbers on pictures of your own; measure
there before a decision rests on them.
"""


def write(tasks: Sequence[str], models: Path = MODELS, docs: Path = DOCS) -> Path:
    """Measure `tasks` and write the report; other tasks' sections stay as they are. Gives the page's path."""
    page = docs / "accuracy.md"
    docs.mkdir(exist_ok=True)
    for task in tasks:
        print(f"{task}: measuring", flush=True)
        section = SECTIONS[task](Session(models / f"{task}.onnx"), docs / "images" / "accuracy")
        # Written after each task: measuring all takes long, and what is done should survive an interruption.
        known = _read(page) | {task: section.text()}
        parts = [_mark(name, known[name]) for name in SECTIONS if name in known]
        page.write_text("\n".join([_INTRODUCTION, _models(models), *parts]).rstrip() + "\n")
    return page


def _models(models: Path) -> str:
    rows = [
        f"| {task} | {entry['name']} {entry['version']} | [{entry['card']}](../models/{entry['card']}) | `{entry['sha256'][:12]}` |"
        for task, entry in manifest.read(models).items()
    ]
    return "\n".join(["| task | model | card | SHA-256 |", "|---|---|---|---|", *rows, ""])


def _mark(task: str, text: str) -> str:
    return f"<!-- {task} -->\n\n{text}"


def _read(page: Path) -> dict[str, str]:
    """The sections of an existing page by task."""
    if not page.exists():
        return {}
    text = page.read_text()
    starts = sorted((text.index(f"<!-- {task} -->"), task) for task in SECTIONS if f"<!-- {task} -->" in text)
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return {
        task: text[start + len(f"<!-- {task} -->") : end].strip() + "\n"
        for (start, task), end in zip(starts, ends, strict=True)
    }
