"""The text of the trained emotion model's card."""

PROSE = """
dlib's face-recognition ResNet (Davis King, public domain) up to its last 3x3 map, fine-tuned on FER-2013: a linear
head over the whole map gives seven expressions; a second head learns the FER+ votes of ten raters beside it and is not
served. Grey first, as the training pictures are. The answer is the mean over a face and its mirror image, with a
temperature measured on held-back faces. Stem and first stage stay frozen. Loss curve:
docs/images/training/emotion.png.

Research only: FER-2013 was gathered from the web for a challenge, its pictures carry no licence. No expression data
free of that was found; the packaged mini-XCEPTION (`--variant packaged`) was trained on it as well.

Known failures: fear is taken for surprise or sadness, as people take it (they agree with these labels about 65 %);
disgust is rare in the training data; subtle expressions read as neutral. An expression is what a face shows, not what
a person feels.
"""
