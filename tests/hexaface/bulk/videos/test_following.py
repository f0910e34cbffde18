"""Faces keep their track while they move, cross and hide; whoever comes back is known again."""

import numpy as np
import pytest

from hexaface.bulk.videos.following import Following, Sighting
from hexaface.bulk.videos.likeness import Likeness
from hexaface.bulk.videos.motion import Motion, overlaps
from hexaface.bulk.videos.returning import people

LIKENESS = Likeness(((0.01, 0.25), (0.001, 0.35), (0.0001, 0.43)))
CLEAR, RATE = 0.6, 5


def looks_of(person, shot, noise=0.6):
    """A unit vector per person with noise per shot: cosines of about 0.7 between shots, 0 between people."""
    centre = np.random.default_rng(person).normal(size=192)
    values = centre + noise * np.random.default_rng((person, shot)).normal(size=192)
    return (values / np.linalg.norm(values)).astype(np.float32)


def sighting(frame, face, person, x, *, y=100.0, size=60.0, score=0.9, telling=True):
    return Sighting(
        frame=frame,
        face=face,
        seconds=frame / RATE,
        score=score,
        box=np.array([x, y, size, size * 1.2]),
        fitness=0.5,
        telling=telling,
        embedding=looks_of(person, frame),
    )


def follow(film):
    """Who was followed, from (person, x, more) per frame; each as the list of (frame, person)."""
    following, truth = Following(LIKENESS, CLEAR), {}
    for frame, faces in enumerate(film):
        seen = []
        for face, (person, x, more) in enumerate(faces):
            seen.append(sighting(frame, face, person, x, **more))
            truth[frame, face] = person
        following(frame / RATE, seen)
    found = people(following.tracks, LIKENESS)
    return [[(s.frame, truth[s.frame, s.face]) for s in sightings] for sightings in found]


def test_two_who_cross_keep_their_tracks():
    film = [[(1, 15.0 * n, {}), (2, 450 - 15.0 * n, {})] for n in range(30)]

    first, second = follow(film)

    assert first == [(n, 1) for n in range(30)]
    assert second == [(n, 2) for n in range(30)]


def test_one_who_hides_behind_the_other_is_the_same_afterwards():
    film = [[(1, 15.0 * n, {}), *([] if 12 <= n < 16 else [(2, 450 - 15.0 * n, {})])] for n in range(30)]

    found = follow(film)

    assert [{person for _, person in track} for track in found] == [{1}, {2}]
    assert len(found[1]) == 26


def test_who_leaves_and_returns_elsewhere_is_known_again():
    film = [[(1, 300.0, {})] if n < 10 or n >= 40 else [] for n in range(50)]
    film[40:] = [[(1, 20.0, {})]] * 10

    (track,) = follow(film)

    assert [frame for frame, _ in track] == [*range(10), *range(40, 50)]


def test_a_cut_to_somebody_else_in_the_same_place_is_somebody_else():
    film = [[(1 if n < 10 else 2, 300.0, {})] for n in range(20)]

    assert follow(film) == [[(n, 1) for n in range(10)], [(n, 2) for n in range(10, 20)]]


def test_a_blurred_face_in_its_place_is_carried_on_whatever_it_looks_like():
    film = [[(1, 300.0, {})] if n != 5 else [(99, 300.0, {"telling": False})] for n in range(10)]

    (track,) = follow(film)

    assert len(track) == 10


def test_a_faint_face_carries_a_track_on_and_begins_none():
    faint = {"score": 0.45}
    film = [[(1, 300.0, {} if n % 2 == 0 else faint), (2, 20.0, faint)] for n in range(10)]

    assert follow(film) == [[(n, 1) for n in range(10)]]


def test_what_is_seen_once_and_not_clearly_is_no_face():
    film = [[(1, 300.0, {})], [(1, 300.0, {}), (2, 20.0, {"score": 0.7})], [(1, 300.0, {})]]
    assert len(follow(film)) == 1
    film[1][1] = (2, 20.0, {"score": 0.95})
    assert len(follow(film)) == 2


def test_people_who_look_alike_but_stand_side_by_side_are_two():
    film = [[(1, 20.0, {}), (1, 400.0, {})] for _ in range(10)]

    assert [len(track) for track in follow(film)] == [10, 10]


def test_a_crowd_is_kept_apart():
    chance = np.random.default_rng(5)
    starts, speeds = chance.uniform(0, 2000, 25), chance.uniform(-8, 8, 25)
    film = [
        [(p, starts[p] + n * speeds[p], {"y": 70.0 * p}) for p in chance.permutation(25)] for n in range(40)
    ]

    found = follow(film)

    assert sorted(len(track) for track in found) == [40] * 25
    assert all(len({person for _, person in track}) == 1 for track in found)


@pytest.mark.parametrize("gap", [0.1, 0.5])
def test_motion_foresees_where_a_steady_face_goes_whatever_the_interval(gap):
    motion = Motion(np.array([0.0, 0, 50, 60]), 0.0)
    for n in range(1, 12):
        motion.saw(np.array([100 * gap * n, 0, 50, 60]), gap * n)

    ahead = motion.expected(gap * 12)

    assert overlaps(ahead[None], np.array([[100 * gap * 12, 0, 50, 60]]))[0, 0] > 0.9


def test_likeness_follows_the_calibration_and_goes_on_beyond_it():
    assert LIKENESS.maybe == pytest.approx(0.25)
    assert LIKENESS.sure == pytest.approx(0.43)
    assert LIKENESS.cosine(1e-5) == pytest.approx(0.51)
    assert LIKENESS.cosine(1e-9) > LIKENESS.cosine(1e-6)
    with pytest.raises(ValueError, match="no calibration"):
        Likeness.of({})
