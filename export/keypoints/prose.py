"""The text of the keypoints model's card."""

PROSE = """
Google's face landmarker (MediaPipe), its two nets fused into one graph: a chip gives 478 mesh points with irises, the 15 named
points of Kaggle's Facial Keypoints Detection (a linear readout of the mesh and of what the mesh net saw), the probability
that there is a face, and 52 blendshapes. From these the service computes 22 action units, head pose, gaze and the points'
confidence; formulas, frames and signs are in `docs/keypoints.md`.

The readout is fitted to HELEN's training faces and to variants of them: mirrored, moved as another detector might, coarse, dark,
grey or noisy, covered, turned by up to 50 degrees on their own mesh. On the faces as they are it changes little; on dark,
covered and turned ones it errs less. The confidence is a logistic regression on signs of doubt, fitted to the same.

The mesh net sees 296 chip pixels around (128, 153), the chip's border repeated where that is more than the chip. Against the same
window cut from the photo this costs 0.01 points of NME (3.15 against 3.14 % with the nearest mesh points); a second pass on the
crop of the first mesh gained 0.03 points for twice the time and is not made, and averaging with the mirror image gained nothing.
`python -m studies.evidence.choices` prints the comparisons behind the window and the readout.

What the data at hand cannot show:

* The intensity of an action unit. No data set here has FACS codes: the scale is set by quantiles on FER-2013, the evidence is
  the agreement with expression labels below. AU14, 15, 17, 18, 20, 22 to 24 and 28 have no label that speaks for them.
* Gaze in degrees. No data set here has gaze labels. What is shown: it follows mirroring and roll, and the eyes of posed portraits
  (HELEN) follow the head's turn less (slope 0.37) than those of people photographed at events (LFW, 0.92), as eyes that look into
  the camera must.
* Head pose of real faces beyond 30 degrees: the rendered ones are a face without a head. What the net underestimates of yaw
  is corrected by renders of HELEN's training faces; two other networks agree on photos (`docs/keypoints.md`).
* The confidence on faces that fail for other reasons than the variants do: a hard picture is made here, not found.
* A closed eye against a lowered look, and a blink (AU45) against closed eyes (AU43): one picture does not tell.

Known failures: Google's net leaves cheekSquint and noseSneer at zero, so AU6 and AU9 come from the mesh and are weak; mouthPucker
is high on many resting faces; small and blurred faces make all action units unreliable; profiles beyond 50 degrees give a
mesh that is a guess (`presence` and `confidence` fall).
"""

NEAREST_PROSE = """
The default keypoints model ([keypoints](keypoints.md)) without what was fitted to pictures that are for research: Google's
nets and everything computed from them are the same; the 15 named points are the mesh points nearest to them instead of a
readout fitted to HELEN, and the action units' scales are quantiles of FairFace (CC BY 4.0) instead of FER-2013. FairFace has
no labels of expressions: rest is the median of the faces whose smile, jaw, brow and frown blendshapes are below .15. The
permissive profile serves it.

Known failures: those of the default model; brow ends and inner eye corners lie where the mesh has a point, not where
annotators put them. There is no `confidence`: no marked faces at hand may be used for it.
"""
