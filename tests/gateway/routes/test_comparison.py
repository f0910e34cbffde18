"""One face against all faces of other pictures, and embeddings in place of pictures."""

import base64
import json
from array import array

import pytest

PLACED = {"box", "score", "landmarks", "quality", "image"}


async def compare(api, image, *others, **options):
    files = [("others", other) for other in others] + ([("image", image)] if image else [])
    return await api.post("/v1/compare", files=files, data=options)


async def embedded(api, picture, **options):
    answer = await api.post("/v1/embed", files={"image": picture}, data=options)
    return answer.json()["faces"][0]["embedding"]


async def test_every_face_of_the_others_has_its_similarity_and_a_decision(api, person):
    answer = (await compare(api, person("ann"), person("bob", "ann", shot=1), person("cid"))).json()
    assert [[f["match"] for f in other["faces"]] for other in answer["results"]] == [[False, True], [False]]
    assert (answer["threshold"], answer["false_match_rate"]) == (0.40, 0.001)
    bob, ann = answer["results"][0]["faces"]
    assert ann["similarity"] > 0.7 > bob["similarity"]
    assert ann["probability"] > 0.99 > bob["probability"]
    assert answer["results"][0]["image"] == {"width": 640, "height": 480}
    assert answer["face"]["box"]


async def test_similarity_and_decision_are_those_of_verify(api, person):
    files = {"image_a": person("ann"), "image_b": person("ann", shot=1)}
    pair = (await api.post("/v1/verify", files=files)).json()
    answer = (await compare(api, *files.values())).json()
    (face,) = answer["results"][0]["faces"]
    assert (pair["similarity"], pair["verified"]) == (face["similarity"], face["match"])


async def test_a_threshold_of_the_callers_own_decides(api, person):
    answer = (await compare(api, person("ann"), person("ann", shot=1), threshold=0.99)).json()
    assert not answer["results"][0]["faces"][0]["match"]


async def test_a_picture_that_fails_is_a_problem_in_its_place_and_one_without_faces_has_none(api, person):
    answer = (await compare(api, person("ann"), b"junk", person(), person("ann", shot=1))).json()
    bad, empty, good = answer["results"]
    assert (bad["problem"]["type"], bad["faces"]) == ("undecodable-image", [])
    assert empty["faces"] == []
    assert "problem" not in empty
    assert good["faces"][0]["match"]


async def test_the_picture_to_look_for_must_show_one_face(api, person):
    for image, kind in ((person(), "no-face"), (person("ann", "bob"), "several-faces")):
        assert kind == (await compare(api, image, person("ann"))).json()["type"]
    assert (await compare(api, person("ann", "bob"), person("bob"), face="largest")).status_code == 200


@pytest.mark.parametrize("encoding", ["float", "base64"])
async def test_an_embedding_compares_as_the_picture_that_it_is_of(api, person, enrol, collection, encoding):
    ann, other = person("ann"), person("ann", shot=1)
    assert (await enrol("ann", other)).status_code == 201
    given = json.dumps(await embedded(api, ann, encoding=encoding))

    by_picture = (await compare(api, ann, other)).json()
    by_embedding = (await compare(api, None, other, embedding=given)).json()
    assert by_picture["results"] == by_embedding["results"]
    assert by_embedding["face"].keys().isdisjoint(PLACED)

    by_picture = (await api.post("/v1/verify", files={"image_a": ann, "image_b": other})).json()
    by_embedding = (
        await api.post("/v1/verify", files={"image_b": other}, data={"embedding_a": given})
    ).json()
    assert by_picture["similarity"] == by_embedding["similarity"]
    assert by_embedding["faces"][0].keys().isdisjoint(PLACED)
    assert by_picture["faces"][1] == by_embedding["faces"][1]

    by_picture = (await api.post(f"{collection}/identify", files={"image": ann})).json()
    by_embedding = (await api.post(f"{collection}/identify", json={"embedding": json.loads(given)})).json()
    assert by_picture["faces"][0]["candidates"] == by_embedding["faces"][0]["candidates"]
    assert by_embedding["faces"][0].keys().isdisjoint(PLACED)
    assert "image" not in by_embedding


async def test_two_embeddings_verify_without_any_picture(api, person):
    a, b = await embedded(api, person("ann")), await embedded(api, person("ann", shot=1), encoding="base64")
    answer = (await api.post("/v1/verify", json={"embedding_a": a, "embedding_b": b})).json()
    assert answer["verified"]


async def test_an_embedding_of_another_model_is_a_mismatch(api, person, collection):
    given = await embedded(api, person("ann"))
    given["model"]["digest"] = "0" * 64
    sent = [
        ("/v1/verify", {"embedding_a": given, "embedding_b": given}),
        (f"{collection}/identify", {"embedding": given}),
        ("/v1/compare", {"embedding": given, "others": [base64.b64encode(person("ann")).decode()]}),
    ]
    for path, body in sent:
        answer = await api.post(path, json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "model-mismatch")


@pytest.mark.parametrize(
    "change",
    [
        {"values": []},
        {"values": [1.0]},
        {"values": [0.0] * 192},
        {"values": [1e39] * 192},
        {"values": [2.0] + [0.0] * 191},
        {"values": "not base64"},
        {"values": base64.b64encode(b"odd").decode()},
        {"values": base64.b64encode(array("f", [float("nan")] * 192).tobytes()).decode()},
        {"values": [1.0], "dimensions": 1},
        {"dimensions": 512},
    ],
)
async def test_an_embedding_that_is_none_is_refused(api, person, collection, change):
    given = await embedded(api, person("ann")) | change
    answer = await api.post(f"{collection}/identify", json={"embedding": given})
    assert (answer.status_code, answer.json()["errors"][0]["field"].partition(".")[0]) == (422, "embedding")


async def test_a_picture_and_an_embedding_in_its_place_are_refused_and_so_is_neither(api, person):
    given = json.dumps(await embedded(api, person("ann")))
    assert (await compare(api, person("ann"), person("ann"), embedding=given)).status_code == 422
    assert (await compare(api, None, person("ann"))).status_code == 422
    assert (await compare(api, None, person("ann"), embedding="{")).status_code == 422
