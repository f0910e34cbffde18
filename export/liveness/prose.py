"""The texts of the liveness models' cards."""

PROSE = """
Whether a face is before the camera or on a print or a screen: the mean of three small networks that look at the face with
more or less of its surroundings. MiniFASNetV2 (the box 2.7 times as large) and MiniFASNetV1SE (4 times) of minivision-ai's
Silent-Face-Anti-Spoofing, and a third of the same family at 128 pixels (a square 1.5 times the longer side), which counts as
much as the other two together.

**Advisory.** It refuses nothing by itself. On recorded print, replay and mobile attacks of a set that none of the three was
trained on (measured on 2026-11-26 with the original files, on crops of the photos themselves):

| | area under the ROC curve, development / test | equal error rate, development / test |
|---|---|---|
| MiniFASNetV2 and V1SE | .950 / .980 | .163 / .075 |
| the third | .949 / .953 | .117 / .101 |
| **all three** | **.965 / .985** | **.102 / .062** |

With the threshold chosen on development pictures the half total error rate on test is about **.10**. At .5, 22 % of the
attacks pass (38 % of prints, 1 % of mobile screens); .78 is the threshold where both errors are equal on development
pictures. What it costs real people at each is in the table below; the simulated attacks of that table are a test that the
graph still sees something, not a measure of security.

Known failures: good prints in even light; masks and make-up worn over a face were never tried; very small, blurred or cropped
faces look presented, as do old photographs, which they are. The detector's crop is 320 pixels wide: a large photo is averaged
down to it, and the third network sees a 120-pixel face enlarged to 128. A face that fills its picture has no surroundings to
look at. Attacks on people of different groups were not compared; how often real faces of each of FairFace's races pass is
below.
"""

PAIR_PROSE = """
Whether a face is before the camera or on a print or a screen: the mean of MiniFASNetV2 (the box 2.7 times as large) and
MiniFASNetV1SE (4 times) of minivision-ai's Silent-Face-Anti-Spoofing. The permissive profile serves it: the third network
of the default model learnt from CelebA-Spoof, which is for research; these two from their authors' own pictures, which are
not published, under Apache-2.0.

**Advisory**, and weaker than the default. On recorded print, replay and mobile attacks of a set that neither was trained on
(measured on 2026-11-26 with the original files): area under the ROC curve .950 on development and .980 on test pictures,
equal error rate .163 and .075; the default has .965, .985, .102 and .062. The simulated attacks of the table are a test that
the graph still sees something, not a measure of security.

Known failures: those of the default model ([liveness](liveness.md)), and more real faces refused.
"""
