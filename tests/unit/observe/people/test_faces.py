from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import AssetMissing
from model.media.reel import ReelInfo, Still
from model.observe.detector import Context, Findings
from model.observe.observations import Cuts, Face, Faces, Transition, TransitionKind
from model.observe.people.faces import FaceDetector, boxes, choose_net_size, crop, measure_presence
from model.runtime.assets import asset_path
from model.time import Frame, Timebase

Pixels = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]
ANNA = ((226, 176, 145), (60, 38, 24), (40, 70, 160))
BORIS = ((150, 105, 80), (225, 205, 120), (180, 40, 40))


@pytest.fixture
def _nets() -> None:
    try:
        asset_path("centerface")
        asset_path("efficientnet")
    except AssetMissing:
        pytest.skip("the assets are not built: run `make assets`")


def ellipse(pic: Pixels, centre: tuple[float, float], axes: tuple[float, float], colour: Colour) -> None:
    at, size = (int(centre[0]), int(centre[1])), (max(1, int(axes[0])), max(1, int(axes[1])))
    cv2.ellipse(pic, at, size, 0, 0, 360, colour, -1, cv2.LINE_AA)


def draw(pic: Pixels, cx: float, cy: float, h: float, looks: tuple[Colour, Colour, Colour]) -> None:
    """A head of height ``h`` with shoulders: skin, hair and shirt."""
    (skin, hair, shirt), w = looks, 0.75 * h
    ellipse(pic, (cx, cy + 1.05 * h), (1.2 * w, 0.5 * h), shirt)
    ellipse(pic, (cx, cy + 0.5 * h), (0.2 * w, 0.2 * h), skin)
    ellipse(pic, (cx, cy - 0.08 * h), (0.56 * w, 0.56 * h), hair)
    ellipse(pic, (cx, cy + 0.04 * h), (0.46 * w, 0.48 * h), skin)
    for side in (-1, 1):
        eye = (cx + side * 0.19 * w, cy - 0.04 * h)
        ellipse(pic, eye, (0.095 * w, 0.042 * h), (250, 250, 250))
        ellipse(pic, eye, (0.035 * h, 0.035 * h), (40, 25, 20))
        ellipse(pic, (eye[0], eye[1] - 0.09 * h), (0.12 * w, 0.02 * h), hair)
    ellipse(pic, (cx, cy + 0.15 * h), (0.05 * w, 0.02 * h), (skin[0] - 40, skin[1] - 40, skin[2] - 40))
    ellipse(pic, (cx, cy + 0.25 * h), (0.17 * w, 0.05 * h), (170, 60, 60))


def stage(seed: int = 0) -> Pixels:
    noise = np.random.default_rng(seed).integers(60, 140, (360, 640, 3), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 9), np.uint8)


def observe(stills: list[Pixels], cuts: tuple[int, ...] = (), step_s: float = 1.0) -> Faces:
    reel = ReelInfo("x", "", Timebase(Fraction(24)), 0, 640, 360, "mp4", "h264")
    detector = FaceDetector(Context(reel))
    for k, rgb in enumerate(stills):
        soft = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 1.2), np.uint8)
        detector.process_still(Still(round(24 * k * step_s), k * step_s, soft))
    edges = tuple(Transition(TransitionKind.CUT, Frame(c), Frame(c), 1.0) for c in cuts)
    return detector.finish(Findings({"cuts": Cuts(edges)}))


@pytest.mark.usefixtures("_nets")
def test_a_drawn_face_is_found_where_it_is() -> None:
    picture = stage()
    draw(picture, 300, 150, 80, ANNA)
    found = observe([picture])
    assert len(found.faces) == 1
    left, top, width, height = found.faces[0].box
    assert abs((left + width / 2) * 640 - 300) < 12
    assert abs((top + height / 2) * 360 - 155) < 20
    assert 60 < height * 360 < 110


@pytest.mark.usefixtures("_nets")
def test_no_face_in_an_empty_room_or_the_dark() -> None:
    found = observe([stage(1), np.zeros((360, 640, 3), np.uint8)], step_s=1.5)
    assert found.faces == ()
    assert found.people == ()
    assert len(found.looked) == 2


@pytest.mark.usefixtures("_nets")
def test_shot_and_reverse_shot_show_two_people() -> None:
    stills = []
    for shot in range(6):
        for k in range(3):
            picture = stage(shot % 2)
            draw(picture, 260 + 8 * k + 60 * (shot % 2), 150 + 3 * k, 80, (ANNA, BORIS)[shot % 2])
            stills.append(picture)
    found = observe(stills, cuts=tuple(108 * shot for shot in range(1, 6)), step_s=1.5)
    assert [person.name for person in found.people] == ["person A", "person B"]
    sides = {(face.person, face.frame.index // 108 % 2) for face in found.faces if face.person >= 0}
    assert len(sides) == 2
    portrait = cv2.imdecode(np.frombuffer(found.people[0].thumbnail, np.uint8), cv2.IMREAD_COLOR)
    assert portrait is not None
    assert portrait.shape == (112, 112, 3)


@pytest.mark.usefixtures("_nets")
def test_a_still_picture_is_looked_at_every_two_and_a_half_seconds() -> None:
    found = observe([stage()] * 21, step_s=0.5)
    assert [frame.index for frame in found.looked] == list(range(0, 241, 60))


def test_the_net_s_answer_becomes_boxes_and_doubles_go() -> None:
    heat = np.zeros((1, 1, 48, 80), np.float32)
    size = np.zeros((1, 2, 48, 80), np.float32)
    for y, x, score in ((20, 30, 0.9), (20, 31, 0.7), (40, 70, 0.6), (5, 5, 0.3)):
        heat[0, 0, y, x] = score
        size[0, :, y, x] = np.log([10, 8])
    found = boxes({"heat": heat, "size": size, "offset": np.zeros((1, 2, 48, 80), np.float32)})
    assert [score for _, score in found] == pytest.approx([0.9, 0.6])
    left, top, width, height = found[0][0]
    assert (width * 320, height * 192) == pytest.approx((32, 40))
    assert ((left + width / 2) * 320, (top + height / 2) * 192) == pytest.approx((122, 82))


@given(st.integers(90, 2000), st.integers(90, 2000))
def test_the_net_s_picture_keeps_size_and_shape(rows: int, columns: int) -> None:
    wide, high = choose_net_size(rows, columns)
    assert wide % 32 == 0 == high % 32
    if 0.5 < columns / rows < 2.5:
        assert 0.7 < wide * high / (320 * 192) < 1.4
        assert 0.7 < (wide / high) / (columns / rows) < 1.4


def test_a_crop_at_the_border_stays_inside() -> None:
    rgb = np.zeros((360, 640, 3), np.uint8)
    for box in ((0.0, 0.0, 0.01, 0.01), (0.95, 0.9, 0.05, 0.1), (0.0, 0.0, 1.0, 1.0)):
        assert crop(rgb, box, (0.4, 0.9, 0.5)).shape == (112, 112, 3)


def face(height: float, frame: int = 0) -> Face:
    return Face(Frame(frame), (0.4, 0.2, 0.1, height), 0.9)


def test_presence_is_carried_from_look_to_look() -> None:
    faces = Faces((face(0.2, 10), face(0.5, 10)), (), (Frame(4), Frame(10), Frame(15)))
    curve = measure_presence(faces, 20)
    assert curve[:10].tolist() == [0] * 10
    assert curve[10:15].tolist() == [0.5] * 5
    assert curve[15:].tolist() == [0] * 5
