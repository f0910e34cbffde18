// Head pose and gaze as lines in a picture, by the conventions of contracts/keypoints.py (weak perspective).

const radians = (degrees) => (degrees * Math.PI) / 180;

/** Where the head's unit vectors point in the picture: to the subject's left, up, and out of the face. */
export function headAxes({ yaw, pitch, roll }) {
  const [y, p, r] = [radians(-yaw), radians(-pitch), radians(roll)];
  const [cy, sy, cp, sp, cr, sr] = [Math.cos(y), Math.sin(y), Math.cos(p), Math.sin(p), Math.cos(r), Math.sin(r)];
  return [
    [cr * cy, sr * cy],
    [-(cr * sy * sp - sr * cp), -(sr * sy * sp + cr * cp)],
    [-(cr * sy * cp + sr * sp), -(sr * sy * cp - cr * sp)],
  ];
}

/** Where the gaze's unit vector points in the picture: nearly nothing when it looks into the camera. */
export function gazeRay({ yaw, pitch }) {
  const [y, p] = [radians(yaw), radians(pitch)];
  return [Math.sin(y) * Math.cos(p), -Math.sin(p)];
}
