"""The text of the trained attributes model's card."""

PROSE = """
A perceptron (1024-512, PReLU) on frozen features of the packaged embedder's MobileFaceNet (Chen et al., CCBR 2018): the
mean of its last map and the 512 numbers before its embedding. Trained on FairFace with one linear head per label block:
9 age groups, gender, 7 races, FairFace's service-test flag (trained, not served) and a distribution over the ages
0..100, whose expectation is the answer (as in DEX, Rothe et al., 2015). The loss is the multi-categorical one: a
cross-entropy per block, added up, and the expected age's absolute error. The answer is the mean over a face and its
mirror image. `age_low` and `age_high` are the 10 % and 90 % quantiles, widened on held-back faces to cover 80 % of them
(conformalised quantile regression); gender and race carry temperatures measured on the same faces.

Licences, plainly: the fine-tuning data, FairFace, is CC BY 4.0 and free for any use. The backbone was trained by others
on a set of the MS-Celeb-1M family (research use, withdrawn by its publisher); its package is MIT. No equally good
backbone free of such data was found: `--variant packaged` is the CC0 alternative, without race and less accurate.

![loss and validation](../docs/images/training/attributes.png)

Two variants were trained on two shared CPU cores (seed 20261123); on 997 FairFace dev faces, without the mirror image:

| variant | gender | race, of 7 | age group, of 9 | age error, years | training |
|---|---|---|---|---|---|
| frozen features, perceptron (shipped) | .914 | .649 | .562 | 5.55 | 8 epochs, 160 s after 18 minutes for the features |
| dlib's ResNet fine-tuned above its first stages | .883 | .557 | .529 | 5.97 | 3.5 epochs, 21 minutes; still improving |

Reproduce them with `python -m export attributes --variant frozen` and `--variant tuned`.

Classical heads for gender on the same frozen features and faces (`python -m export.attributes.classical`):

| head | gender accuracy (95 % interval) | seconds to fit |
|---|---|---|
| logistic regression | 0.901 (0.881-0.918) | 1 |
| MLP, 128 hidden | 0.907 (0.887-0.923) | 3 |
| decision tree | 0.852 (0.828-0.872) | 10 |
| random forest, 100 trees | 0.875 (0.853-0.894) | 36 |

None wins over the joint perceptron (.914), so none is exported.

Known failures: FairFace gives age groups, so the years between are interpolated; people beyond 75 are drawn towards
70; gender of babies is a guess; Latino and Middle Eastern are confused with each other and with White, as people
confuse them. The labels are strangers' judgement of appearance, not what a person says of themselves: do not use race
or gender for decisions about anybody.
"""
