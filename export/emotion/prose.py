"""The text of the trained emotion model's card."""

PROSE = """
dlib's face-recognition ResNet (Davis King, public domain) up to its last 3x3 map, fine-tuned on FER-2013: a linear
head over the whole map learns FER-2013's seven labels, a second head the FER+ votes of ten raters. Grey first, as the
training pictures are. The answer is 85 % of the first head and 15 % of the second, in one pass, with a temperature measured
on held-back faces. Three stages of training, the later two with batch norms that are folded away again
([how, and what else was tried](../docs/training/emotion.md)). The convolutions run on 8-bit integers (static, per channel,
ranges from 200 training faces), which costs .003 of the labels (.694 against .697 in float32) and nothing of the FER+ majority
(.737 and .738).

![loss and validation of the second stage](../docs/images/training/emotion.png)

Trained on one shared core of an AMD EPYC without GPU (seed 20261123, bfloat16); all of FER-2013's dev pictures in which
the detector finds a face, 3,503 of 3,533:

| network | accuracy, FER-2013 labels | FER+ majority | mean F1 | disgust found | training |
|---|---|---|---|---|---|
| dlib's ResNet fine-tuned (shipped), one pass | .694 | .737 | .665 | .55 | 16 + 18 + 3 epochs, 59 + 65 minutes |
| 2.0: its first stage alone, one pass (float32) | .671 | .733 | .615 | .27 | 16 epochs, 59 minutes |
| 2.0 as it was served, mean of face and mirror image | .676 | .742 | .622 | .29 | the same |
| VGG-like from scratch, the student project's (`studies.emotion_vgg`) | .554 | .711 | .421 | 0 | 3 epochs, 38 minutes; still improving |
| mini-XCEPTION as packaged (`--variant packaged`) | .632 | .652 | .58 | | by others |

For scale: ten raters' votes, translated into FER-2013's labels, agree with .665 of them; and where the model is sure and
FER-2013's label calls it wrong, ten raters nearly always side with the model (below the table).

The VGG-like network per class (precision / recall / F1): angry .48 / .42 / .45, disgust 0 / 0 / 0, fear .40 / .03 / .06,
happy .78 / .87 / .82, sad .44 / .35 / .39, surprise .64 / .81 / .71, neutral .40 / .71 / .51. The student project gives .65
for such a network after a full training; this is where three epochs lead.

Research only: FER-2013 was gathered from the web for a challenge, its pictures carry no licence. No expression data
free of that was found; the packaged mini-XCEPTION was trained on it as well.

Known failures: fear is taken for sadness, surprise or neutral, as people take it (they agree with these labels about
65 %); disgust is rare in the training data and half of it is missed; subtle expressions read as neutral; a turned-up moustache
reads as a smile, and very blurred or dark faces as sad ([pictures](../docs/accuracy.md#expressions-emotion)). An expression
is what a face shows, not what a person feels.
"""
