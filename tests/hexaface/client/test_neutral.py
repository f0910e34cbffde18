"""A person's resting face, learned and taken out by way of the client."""

from hexaface import Client, learn_neutral, relative_to
from tests.paths import SAMPLES


def test_a_resting_face_that_was_learned_is_taken_out_of_an_answer(server):
    with Client(server) as client:
        photo = SAMPLES / "astronaut.jpg"
        smiling = client.analyze(photo, features=["keypoints"]).faces[0].keypoints.action_units
        neutral = learn_neutral([smiling])
        rested = client.analyze(photo, features=["keypoints"], neutral=neutral).faces[0].keypoints
    assert smiling["AU12"].present
    assert not any(unit.present for unit in rested.action_units.values())
    assert relative_to(neutral, smiling) == rested.action_units
