"""Frames come upright, at their true times, sampled as asked; what is no video is said in a line."""

import struct
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import av
import numpy as np
import pytest

from hexaface.bulk.videos.footage import Footage, VideoError
from hexaface.bulk.videos.sampling import Sampling
from tests.hexaface.bulk.videos.camera import H264_BY_TCP, JPEG_BY_UDP, camera
from tests.hexaface.bulk.videos.rendering import write_video


def plain(grey, size=(96, 64)):
    return np.full((size[1], size[0], 3), grey, np.uint8)


def halves():
    """Red on the left, blue on the right."""
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:, :48, 0] = picture[:, 48:, 2] = 200
    return picture


def frames_of(path, **sampling):
    with Footage(str(path)) as footage:
        return list(footage.frames(Sampling(**sampling)))


def times_of(path, **sampling):
    return [round(frame.seconds, 3) for frame in frames_of(path, **sampling)]


@pytest.fixture
def clip(tmp_path):
    """Two seconds at 25 frames a second, ever brighter."""
    path = tmp_path / "clip.mp4"
    write_video(path, [plain(4 * n) for n in range(50)], [n / 25 for n in range(50)])
    return path


def test_frames_are_sampled_by_rate_and_keep_number_time_and_content(clip):
    frames = frames_of(clip, rate=5)

    assert [frame.number for frame in frames] == list(range(0, 50, 5))
    assert times_of(clip, rate=5) == [round(0.2 * n, 3) for n in range(10)]
    assert [abs(int(frame.pixels.mean()) - 20 * n) <= 3 for n, frame in enumerate(frames)] == [True] * 10


def test_a_stream_is_read_for_so_many_seconds(clip):
    assert times_of(clip, rate=5, seconds=0.5) == [0, 0.2, 0.4]


def test_a_rate_above_the_videos_own_takes_every_frame(clip):
    assert len(frames_of(clip, rate=200)) == 50


def test_a_variable_frame_rate_keeps_its_times(tmp_path):
    path = tmp_path / "phone.mp4"
    times = [0, 0.04, 0.08, 0.5, 0.54, 1.4, 1.41, 1.42, 2.0]
    write_video(path, [plain(20 * n) for n in range(9)], times)

    assert times_of(path, rate=100) == times
    assert times_of(path, rate=2) == [0, 0.5, 1.4, 2.0]


def test_still_pictures_are_skipped_but_for_one_a_second(tmp_path):
    path = tmp_path / "door.mp4"
    grey = [40] * 50 + [200] * 50
    write_video(path, [plain(g) for g in grey], [n / 25 for n in range(100)])

    assert times_of(path, rate=5, change=0.05) == [0, 1, 2, 3]
    assert len(times_of(path, rate=5)) == 20


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_phones_video_is_turned_as_it_was_held(tmp_path, degrees):
    path = tmp_path / "phone.mp4"
    write_video(path, [halves()] * 3, [0, 0.04, 0.08])
    path.write_bytes(turned(path.read_bytes(), degrees))

    (seen, *_) = frames_of(path)

    expected = np.rot90(halves(), -degrees // 90)  # players turn clockwise
    assert seen.pixels.shape == expected.shape
    assert np.abs(seen.pixels.astype(int) - expected).mean() < 12


def turned(mp4, degrees):
    """The file with another matrix in its track header (ISO 14496-12, 8.3.2): x' = ax + cy, y' = bx + dy, 16.16."""
    a, b, c, d = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    start = mp4.index(b"tkhd") + 4 + 40
    matrix = [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30]
    return mp4[:start] + struct.pack(">9i", *matrix) + mp4[start + 36 :]


def test_pixels_that_are_not_square_become_so(tmp_path):
    path = tmp_path / "wide.mkv"
    write_video(path, [plain(80)] * 2, [0, 0.04], codec="mpeg4", aspect="2:1")  # of each pixel
    assert frames_of(path)[0].pixels.shape == (64, 192, 3)


def write_sound(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000, layout="mono")
        for n in range(10):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = 8000, 1024 * n
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_what_is_no_video_says_so_in_a_line(tmp_path, clip):
    sound, text, empty, cut = (tmp_path / name for name in ("a.m4a", "a.mp4", "b.mp4", "c.mp4"))
    write_sound(sound)
    text.write_text("I am a letter")
    empty.write_bytes(b"")
    cut.write_bytes(clip.read_bytes()[:2000])  # without the index, which stands at the end
    for path, reason in (
        (sound, "it holds no video, only audio"),
        (text, "not a video, or damaged"),
        (empty, "not a video, or damaged"),
        (cut, "not a video, or damaged"),
        (tmp_path / "nowhere.mp4", "No such file"),
    ):
        with pytest.raises(VideoError, match=reason):
            frames_of(path)


def test_a_video_that_is_cut_off_gives_what_came_before(tmp_path):
    path = tmp_path / "cut.ts"
    write_video(path, [plain(4 * n) for n in range(50)], [n / 25 for n in range(50)])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert 5 < len(frames_of(path, rate=100)) < 50


def test_damage_in_the_middle_is_passed_over_and_counted(tmp_path):
    path = tmp_path / "hurt.avi"
    write_video(path, [halves() + n for n in range(50)], [n / 25 for n in range(50)], codec="mpeg4", g="5")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 1500] = bytes(1500)
    path.write_bytes(content)
    with Footage(str(path)) as footage:
        times = [frame.seconds for frame in footage.frames(Sampling(rate=100))]
    assert times == sorted(times)
    assert times[-1] > 1.5


def test_a_video_over_http_is_read_like_a_file(clip):
    handler = partial(SimpleHTTPRequestHandler, directory=str(clip.parent))
    handler.log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        times = times_of(f"http://127.0.0.1:{server.server_port}/clip.mp4", rate=5)
        server.shutdown()
    assert times == [round(0.2 * n, 3) for n in range(10)]


@pytest.mark.parametrize("kind", [JPEG_BY_UDP, H264_BY_TCP], ids=["JPEG by UDP", "H.264 by TCP"])
def test_a_camera_is_watched_for_so_many_seconds(kind):
    with camera(lambda second: plain(100 + 50 * (second >= 1), (320, 240)), kind) as address:
        frames = frames_of(address, rate=5, seconds=2)

    assert frames[0].seconds == 0
    assert 1.5 < frames[-1].seconds <= 2
    assert abs(int(frames[0].pixels.mean()) - 100) < 4
    assert abs(int(frames[-1].pixels.mean()) - 150) < 4
