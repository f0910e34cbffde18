"""The text of the trained emotion model's card."""

PROSE = """
dlib's face-recognition ResNet (Davis King, public domain) up to its last 3x3 map, fine-tuned on FER-2013: a linear
head over the whole map learns FER-2013's seven labels, a second head the FER+ votes of ten raters. Grey first, as the
training pictures are. The answer is the mean over a face and its mirror image, 85 % of the first head and 15 % of the
second, with a temperature measured on held-back faces. Stem and first stage stay frozen. The convolutions run on 8-bit
integers (static, per channel, ranges from 200 training faces), which costs a third of the time: on the faces of the table
below .678 and .621 against .681 and .622 in float32, .740 against .739 of the FER+ majority, no measurable loss.

![loss and validation](../docs/images/training/emotion.png)

Trained on one shared core of an AMD EPYC without GPU (seed 20261123, bfloat16); all of FER-2013's dev pictures in which
the detector finds a face, 3,490 of 3,533:

| network | accuracy, FER-2013 labels | FER+ majority | mean F1 | training |
|---|---|---|---|---|
| dlib's ResNet fine-tuned (shipped) | .681 | .739 | .622 | 16 epochs, 59 minutes |
| VGG-like from scratch, the student project's (`studies.emotion_vgg`) | .554 | .711 | .421 | 3 epochs, 38 minutes; still improving |
| mini-XCEPTION as packaged (`--variant packaged`) | .632 | .652 | .58 | by others |

The VGG-like network per class (precision / recall / F1): angry .48 / .42 / .45, disgust 0 / 0 / 0, fear .40 / .03 / .06,
happy .78 / .87 / .82, sad .44 / .35 / .39, surprise .64 / .81 / .71, neutral .40 / .71 / .51. The student project gives .65
for such a network after a full training; this is where three epochs lead.

Research only: FER-2013 was gathered from the web for a challenge, its pictures carry no licence. No expression data
free of that was found; the packaged mini-XCEPTION was trained on it as well.

Known failures: fear is taken for sadness, surprise or neutral, as people take it (they agree with these labels about
65 %); disgust is rare in the training data and found one time in four; subtle expressions read as neutral. An expression
is what a face shows, not what a person feels.
"""
