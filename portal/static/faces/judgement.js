// How much may be said of a face: small, blurred, turned, masked faces say so beside every number.

// Shorter box side in pixels, variance of the Laplacian, degrees. The hard limits are those of enrolment
// (gateway/settings/identities.py): beyond them fewer than nine in ten faces are recognised.
const HARD = { size: 22, sharpness: 4, turn: 55 };
const SOFT = { size: 60, sharpness: 7, turn: 35, score: 0.6 };
const SURE_OF_MASK = 0.8;  // moustaches and beards reach half of it

/** {poor, warnings}: nothing confident is said of a poor face; the warnings are short, hardest first. */
export function judge(face) {
  const size = Math.min(face.box.width, face.box.height);
  const quality = face.quality ?? { sharpness: Infinity, yaw: 0, pitch: 0 };
  const turn = Math.max(Math.abs(face.keypoints?.pose.yaw ?? quality.yaw), Math.abs(face.keypoints?.pose.pitch ?? quality.pitch));
  const hard = [];
  const soft = [];
  if (size < HARD.size) hard.push("Too small: the estimates mean little");
  else if (size < SOFT.size) soft.push("Small: estimates are rough");
  if (quality.sharpness < HARD.sharpness) hard.push("Blurred: the estimates mean little");
  else if (quality.sharpness < SOFT.sharpness) soft.push("Soft: estimates are rough");
  if (turn > HARD.turn) soft.unshift("Turned far away: identity and age are rough");
  else if (turn > SOFT.turn) soft.push("Turned: identity is less sure");
  if (face.score < SOFT.score) soft.push("May not be a face");
  const mask = face.attributes?.mask;
  if (mask && !/^(no|none|without|unmasked)/.test(mask.label)) soft.unshift(`${mask.scores[mask.label] < SURE_OF_MASK ? "May wear" : "Wears"} a mask: expression and identity are less sure`);
  return { poor: hard.length > 0, warnings: hard.length ? hard : soft };
}
