"""Run by test_generated_clients.py in the generator's own environment: SERVER FOLDER-OF-SAMPLES COLLECTION."""

import io
import sys
from pathlib import Path

from generated import Client
from generated.api.analysis import analyze, detect
from generated.api.collections import create_collection, delete_collection, identify
from generated.api.faces import enrol
from generated.api.subjects import create_subject
from generated.api.verification import verify
from generated.models import (
    AnalyzeFilesBody,
    DetectFilesBody,
    EnrolFilesBody,
    IdentifyFilesBody,
    NewCollection,
    NewSubject,
    VerifyFilesBody,
)
from generated.types import File

url, samples, collection = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
client = Client(base_url=url, raise_on_unexpected_status=True)


def picture(name: str) -> File:
    return File(io.BytesIO((samples / f"{name}.jpg").read_bytes()), f"{name}.jpg")


found = detect.sync(client=client, body=DetectFilesBody(image=picture("cabinet_meeting_2013")))
assert len(found.faces) >= 9, found
analyzed = analyze.sync(client=client, body=AnalyzeFilesBody(image=picture("obama_portrait_2012")))
face = analyzed.faces[0]
assert face.attributes.gender.label == "male", face
assert face.keypoints.points.nose_tip.x > 0, face
same = verify.sync(
    client=client,
    body=VerifyFilesBody(image_a=picture("obama_portrait_2012"), image_b=picture("obama_portrait_2012")),
)
assert same.verified, same

assert create_collection.sync(client=client, body=NewCollection(id=collection)).id == collection
create_subject.sync(collection, client=client, body=NewSubject(id="barack", name="Barack Obama"))
enrolled = enrol.sync(
    collection, "barack", client=client, body=EnrolFilesBody(image=picture("obama_portrait_2012"))
)
assert enrolled.subject == "barack", enrolled
who = identify.sync(collection, client=client, body=IdentifyFilesBody(image=picture("cabinet_meeting_2013")))
assert [f.candidates[0].subject for f in who.faces if f.decision == "match"] == ["barack"], who
assert delete_collection.sync_detailed(collection, client=client).status_code == 204
sys.stdout.write("ok\n")
