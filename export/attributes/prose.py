"""The text of the trained attributes model's card."""

PROSE = """
MobileFaceNet (Chen et al., CCBR 2018) as foamliu trained it, with ReLU, all of it fine-tuned, and a perceptron (1024-512, PReLU)
on the mean of its last map and that map weighted by place. Trained on FairFace, the rest of its mirror and UTKFace with one
linear head per label block: 9 age groups, gender, 7 races (FairFace's service-test flag has a head that is not trained) and a
distribution over the ages 0..100, whose expectation is the answer (as in DEX, Rothe et al., 2015). The loss is the
multi-categorical one: a cross-entropy per block, added up, and the expected age's absolute error. Half of each target is what the network before it
(attributes 3.1) says of the face and of its mirror image together, so that one pass gives what two gave; where a data set does not
know a label, as UTKFace the seven races, the teacher speaks alone ([training](../docs/training/attributes.md)).

`age_low` and `age_high` are the 10 % and 90 % quantiles, moved on UTKFace's
training faces so that the interval covers 80 % in every decade of the true age: how far, follows the predicted age, and the two
sides differ, since the old are underestimated. (Faces that were fitted are covered more often than the held-back ones; that
difference is added.) On dev it does so from 10 to 59; children are covered more often, people from 60 on in two cases of three (below). Gender and race carry temperatures measured on 1,500 held-back faces.

Licences, plainly: **research only**. FairFace is CC BY 4.0; UTKFace, which gives the ages in years, is for
non-commercial research; the backbone was trained by others on a set of the MS-Celeb-1M family (research use, withdrawn
by its publisher), though its repository is Apache-2.0. No equally good network free of such data was found. `--variant packaged`
builds the CC0 alternative of dlib-models, without race and less accurate, whose training data its author did not
publish.

![loss and validation](../docs/images/training/attributes.png)

The variants, trained on shared CPU cores (seeds 20261123, 20261126 and 20261127), on 1,499 dev faces (1,000 of FairFace, 500 of
UTKFace, one not found), one pass, by torch:

| variant | gender | race, of 7 | age group, of 9 | age error, years | the same, UTKFace | training |
|---|---|---|---|---|---|---|
| frozen features, perceptron | .914 | .647 | .587 | 5.28 | 4.76 | 8 epochs, 45 s after 6 minutes for the features |
| upper half of the backbone opened after that (until 3.0) | .925 | .647 | .608 | 5.00 | 4.66 | 2.5 epochs, 34 minutes |
| a new perceptron on that backbone, with the 22,000 pictures of `fairface_more` too (3.1; the teacher) | .931 | .668 | .593 | 4.98 | 4.73 | 8 epochs, 2 minutes after 8 for the features |
| foamliu's backbone, whole, taught (shipped) | .935 | .699 | .602 | 4.78 | 4.61 | 6.9 epochs, 72 minutes of two cores |

(The group is that of its own head; what is served is the years.) Reproduce with `python -m export attributes`, which makes the
teacher anew (the shipped file learned from the published 3.1.0); `--variant frozen` and `tuned` are its parts. dlib's ResNet, a quarter of the time per face, is behind on the same
faces (`studies.attributes_dlib`).

Twelve trials of the hyper-parameter search (`python -m studies.attributes.search`; gender + race accuracy - a tenth of the
age error, maximised on the watched faces) ended after variant (a) was trained with 512 units in one layer, dropout
.5, noise .2 (1.033 by the same measure). Best: two layers of 1024, dropout .23, noise .41, rate .0023 (1.058), which are the
teacher's; two of 512 (1.056); worst: one of 128 (0.993).

Classical heads for gender on the frozen features and the same faces (`python -m studies.attributes.classical`):

| head | gender accuracy (95 % interval) | seconds to fit |
|---|---|---|
| logistic regression | 0.902 (0.886-0.916) | 2 |
| MLP, 128 hidden | 0.917 (0.902-0.930) | 8 |
| decision tree | 0.848 (0.829-0.865) | 20 |
| random forest, 100 trees | 0.892 (0.875-0.907) | 69 |

None wins over the joint perceptron, so none is exported.

Known failures: FairFace gives age groups and some of UTKFace's ages are estimates themselves; old people are drawn
towards the middle; gender of babies is a guess; Latino and Middle Eastern are confused with each other and with White,
as people confuse them. The labels are strangers' judgement of appearance, not what a person says of themselves: do not
use race or gender for decisions about anybody.
"""
