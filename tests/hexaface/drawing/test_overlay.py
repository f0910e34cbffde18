"""Drawing an analysis: the right directions, and a picture that can be opened."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from contracts.action_units import action_unit
from contracts.analysis import Age, Attributes, Choice
from contracts.api import AnalyzeAnswer, AnalyzedFace
from contracts.faces import Box, ImageSize, Landmarks, Point
from contracts.keypoints import FacialPoints, Gaze, Keypoints, Pose
from hexaface.drawing.head_axes import gaze_ray, head_axes
from hexaface.drawing.labels import describe, places
from hexaface.drawing.overlay import annotate

degrees = st.floats(-80, 80)


def face(x: float = 40, y: float = 60, size: float = 100) -> AnalyzedFace:
    middle = Point(x=x + size / 2, y=y + size / 2)
    return AnalyzedFace(
        box=Box(x=x, y=y, width=size, height=size),
        score=0.9,
        landmarks=Landmarks(
            left_eye=middle, right_eye=middle, nose=middle, mouth_left=middle, mouth_right=middle
        ),
        attributes=Attributes(
            age=Age(years=34.4, low=28, high=41),
            gender=Choice(label="female", scores={"female": 0.97, "male": 0.03}),
        ),
        emotion=Choice(label="happy", scores={"happy": 0.93}),
        keypoints=Keypoints(
            points=FacialPoints(**dict.fromkeys(FacialPoints.model_fields, middle)),
            action_units={
                "AU6": action_unit(0.5, 0.4),
                "AU12": action_unit(0.9, 0.9),
                "AU15": action_unit(0.1, 0),
            },
            pose=Pose(yaw=20, pitch=-5, roll=3),
            gaze=Gaze(yaw=10, pitch=0, head_yaw=-10, head_pitch=5, confidence=0.8),
            presence=1,
            mesh=[(middle.x, middle.y, 0.0)] * 478,
        ),
    )


def drawn(faces: list[AnalyzedFace], photo: Image.Image) -> Image.Image:
    png = BytesIO()
    photo.save(png, "PNG")
    size = ImageSize(width=photo.width, height=photo.height)
    return Image.open(
        BytesIO(annotate(png.getvalue(), AnalyzeAnswer(image=size, faces=faces, timings_ms={})))
    )


def test_a_head_that_looks_into_the_camera_has_its_axes_in_the_picture() -> None:
    left, up, out = head_axes(Pose(yaw=0, pitch=0, roll=0))

    assert pytest.approx(left) == (1.0, 0.0)
    assert pytest.approx(up) == (0.0, -1.0)
    assert pytest.approx(out) == (0.0, 0.0)


def test_the_face_points_where_yaw_and_pitch_say() -> None:
    assert head_axes(Pose(yaw=30, pitch=0, roll=0))[2] == pytest.approx((0.5, 0.0))
    assert head_axes(Pose(yaw=0, pitch=30, roll=0))[2] == pytest.approx((0.0, -0.5))


def test_roll_turns_the_up_axis_clockwise() -> None:
    assert head_axes(Pose(yaw=0, pitch=0, roll=90))[1] == pytest.approx((1.0, 0.0))


@given(degrees, degrees)
def test_a_gaze_straight_ahead_points_where_the_face_points(yaw: float, pitch: float) -> None:
    pose = Pose(yaw=yaw, pitch=pitch, roll=0)
    gaze = Gaze(yaw=yaw, pitch=pitch, head_yaw=0, head_pitch=0, confidence=1)

    assert head_axes(pose)[2] == pytest.approx(gaze_ray(gaze), abs=1e-9)


def test_the_label_says_who_was_found_in_a_few_lines() -> None:
    expected = ["#2  34 y (28-41)  female 97 %", "happy 93 %", "yaw +20  pitch -5  roll +3", "AU6 AU12"]

    assert expected == describe(face(), 2)


def test_a_small_photo_is_enlarged_so_that_the_label_can_be_read() -> None:
    assert drawn([face()], Image.new("RGB", (300, 200))).size == (900, 600)


def test_a_large_photo_keeps_its_size_and_changes_only_around_its_faces() -> None:
    picture = drawn([face(x=1500, y=700, size=200)], Image.new("RGB", (3000, 1500), "grey"))

    assert picture.size == (3000, 1500)
    assert picture.getpixel((100, 1400)) == (128, 128, 128)
    assert picture.getpixel((1500, 800)) != (128, 128, 128)


def test_faces_at_the_border_and_many_faces_are_drawn() -> None:
    faces = [face(x=-30, y=-20), face(x=350, y=250), *(face(x=20 * i, y=150, size=12) for i in range(20))]

    assert drawn(faces, Image.new("RGB", (400, 300))).size == (900, 675)


def test_a_photo_without_faces_is_given_back_as_it_is() -> None:
    photo = Image.new("RGB", (1000, 700), "teal")

    assert photo.tobytes() == drawn([], photo).tobytes()


def test_the_drawing_follows_the_upright_photo() -> None:
    photo = Image.new("RGB", (1000, 600))
    exif = photo.getexif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    stored = BytesIO()
    photo.save(stored, "JPEG", exif=exif)
    answer = AnalyzeAnswer(image=ImageSize(width=600, height=1000), faces=[face()], timings_ms={})

    assert Image.open(BytesIO(annotate(stored.getvalue(), answer))).size == (600, 1000)


@given(
    st.lists(
        st.tuples(st.integers(0, 1500), st.integers(0, 900), st.integers(20, 300)), min_size=1, max_size=30
    )
)
def test_a_label_beside_its_face_covers_no_face_and_no_other_label(squares) -> None:
    faces = [(x, y, x + side, y + side) for x, y, side in squares]
    wanted = [[(width, height)] * len(faces) for width, height in ((200, 90), (120, 40), (40, 20))]

    found = places(faces, wanted, (1920, 1200), 3)

    at_home = [(x, y, x + 40, y + 20) for x, y, _, _ in faces]
    beside = [panel for (_, panel), home in zip(found, at_home, strict=True) if panel != home]
    assert not any(overlap(panel, box) for panel in beside for box in faces)
    assert not any(overlap(one, other) for i, one in enumerate(beside) for other in beside[:i])
    assert all(x >= 0 and y >= 0 and right <= 1920 and bottom <= 1200 for x, y, right, bottom in beside)


def test_in_a_row_of_faces_each_label_says_as_much_as_finds_room() -> None:
    apart, close = ([(i * step, 300, i * step + 80, 400) for i in range(12)] for step in (160, 90))
    wanted = [[size] * 12 for size in ((400, 90), (150, 60), (85, 60), (30, 15))]

    assert {wording for wording, _ in places(apart, wanted, (2000, 800), 3)} == {1}
    assert {wording for wording, _ in places(close, wanted, (2000, 800), 3)} <= {0, 1, 2}


def overlap(one, other) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
