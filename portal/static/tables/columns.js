// The columns of a folder's table: what each shows of a face, how it sorts, what a file gets.

import { identityOf, nameOf, signed, worded } from "../faces/describe.js";

const rounded = (value, digits = 0) => (value === undefined || value === null ? null : Number(value.toFixed(digits)));

/** [id, heading, value(row), shown(row)]: `value` is for sorting and files, null where there is none. */
export const COLUMNS = [
  ["picture", "Picture", ({ entry }) => entry.name],
  ["name", "Name", ({ face }) => (face?.identity?.decision === "match" ? nameOf(face.identity.candidates[0]) : null), ({ face }) => (face?.identity ? identityOf(face).title : "")],
  ["group", "Group", ({ face }) => (face?.group ? `Group ${face.group}` : null)],
  ["age", "Age", ({ face }) => rounded(face?.attributes?.age.years, 1), ({ face }) => (face?.attributes ? String(Math.round(face.attributes.age.years)) : "")],
  ["age_low", "Age from", ({ face }) => rounded(face?.attributes?.age.low, 1)],
  ["age_high", "Age to", ({ face }) => rounded(face?.attributes?.age.high, 1)],
  ["gender", "Gender", ({ face }) => face?.attributes?.gender.label ?? null],
  ["race", "Race", ({ face }) => (face?.attributes?.race ? worded(face.attributes.race.label) : null)],
  ["expression", "Expression", ({ face }) => (face?.emotion ? worded(face.emotion.label) : null)],
  ["head_yaw", "Head yaw", ({ face }) => rounded(face?.keypoints?.pose.yaw, 1), ({ face }) => (face?.keypoints ? signed(face.keypoints.pose.yaw) : "")],
  ["head_pitch", "Head pitch", ({ face }) => rounded(face?.keypoints?.pose.pitch, 1), ({ face }) => (face?.keypoints ? signed(face.keypoints.pose.pitch) : "")],
  ["size", "Size", ({ face }) => (face ? Math.round(Math.min(face.box.width, face.box.height)) : null), ({ face }) => (face ? `${Math.round(Math.min(face.box.width, face.box.height))} px` : "")],
  ["sharpness", "Sharpness", ({ face }) => rounded(face?.quality?.sharpness, 1)],
  ["score", "Score", ({ face }) => rounded(face?.score, 3)],
  ["x", "x", ({ face }) => rounded(face?.box.x, 1)],
  ["y", "y", ({ face }) => rounded(face?.box.y, 1)],
  ["width", "Width", ({ face }) => rounded(face?.box.width, 1)],
  ["height", "Height", ({ face }) => rounded(face?.box.height, 1)],
  ["note", "Note", ({ entry, face }) => entry.problem ?? (face ? face.judged.warnings.join(". ") || entry.lacking || null : "no face found")],
].map(([id, heading, value, shown]) => ({ id, heading, value, shown: shown ?? ((row) => value(row) ?? "") }));

export const DEFAULT_COLUMNS = ["picture", "name", "group", "age", "gender", "expression", "size", "note"];

/** Rows in the order of a column, those without a value last. */
export function sorted(rows, id, descending) {
  const { value } = COLUMNS.find((column) => column.id === id);
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => [value(row), row]);
  keyed.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
  });
  return keyed.map(([, row]) => row);
}

/** Every column of rows, for a file. */
export function asColumns(rows) {
  return COLUMNS.map(({ id, value }) => [id, rows.map((row) => value(row))]);
}
