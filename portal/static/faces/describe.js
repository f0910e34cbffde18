// A face in words: its short label over the picture, its name, what a screen reader says.

const LOOKS = {
  latino_hispanic: "Latino or Hispanic", middle_eastern: "Middle Eastern", east_asian: "East Asian",
  southeast_asian: "Southeast Asian", indian: "Indian", black: "Black", white: "White", none: "No mask",
};

export const ACTION_UNITS = {
  AU1: "inner brow up", AU2: "outer brow up", AU4: "brows lowered", AU5: "upper lid up", AU6: "cheeks raised",
  AU7: "lids tightened", AU9: "nose wrinkled", AU10: "upper lip up", AU12: "lip corners up", AU14: "dimples",
  AU15: "lip corners down", AU17: "chin raised", AU18: "lips puckered", AU20: "lips stretched", AU22: "lips funnelled",
  AU23: "lips tightened", AU24: "lips pressed", AU25: "lips parted", AU26: "jaw dropped", AU27: "mouth wide open",
  AU28: "lips sucked in", AU43: "eyes closed",
};

/** A label of a model in words: latino_hispanic -> Latino or Hispanic. */
export const worded = (label) => LOOKS[label] ?? label.replaceAll("_", " ");

export const percent = (share) => `${Math.round(100 * share)} %`;

/** A rate in words: 0.001 -> 1 in 1,000. */
export function oneIn(rate) {
  const count = 1 / rate;
  const rounded = count >= 100 ? Number(count.toPrecision(1)) : Math.round(count);
  return count > 1e7 ? "less than 1 in 10,000,000" : `1 in ${rounded.toLocaleString("en")}`;
}

/** What is known of who it is: {title, sure}; `sure` only for a match. */
export function identityOf(face) {
  const found = face.identity;
  const best = found?.candidates[0];
  if (found?.decision === "match") return { title: nameOf(best), sure: true };
  if (found?.decision === "uncertain") return { title: `Perhaps ${nameOf(best)}`, sure: false };
  if (found) return { title: "Not known here", sure: false };
  return { title: `Face ${face.index + 1}`, sure: false };
}

export const nameOf = (candidate) => candidate.name || candidate.subject;

/**
 * Labels from the one that says most to the one that needs least room; none for a face too poor to judge. In a crowd
 * (`brief`) a neutral expression is not worth the room.
 */
export function labels(face, brief = false) {
  const known = identityOf(face).sure ? identityOf(face).title : "";
  if (face.judged.poor) return known ? [known] : [];
  const age = face.attributes ? String(Math.round(face.attributes.age.years)) : "";
  const expression = face.emotion && !(brief && face.emotion.label === "neutral") ? worded(face.emotion.label) : "";
  const full = [known, age, expression].filter(Boolean).join(" · ");
  return [...new Set([full, known || age || full])].filter(Boolean);
}

/** A face in one sentence, for those who hear the page. */
export function spoken(face, of) {
  const parts = [`Face ${face.index + 1} of ${of}`];
  if (face.identity) parts.push(face.identity.decision === "unknown" ? "not known here" : identityOf(face).title);
  if (face.judged.poor) parts.push(face.judged.warnings[0]);
  else {
    if (face.attributes) parts.push(`about ${Math.round(face.attributes.age.years)} years`);
    if (face.emotion) parts.push(worded(face.emotion.label));
  }
  return parts.join(", ");
}

/** A direction of the eyes or the head in words. */
export function looks({ yaw, pitch }) {
  const sides = [];
  if (Math.abs(pitch) > 8) sides.push(pitch > 0 ? "up" : "down");
  if (Math.abs(yaw) > 8) sides.push(yaw > 0 ? "to their left" : "to their right");
  return sides.join(", ") || "straight ahead";
}

export function signed(degrees) {
  const whole = Math.round(degrees);
  return `${whole === 0 ? "" : whole < 0 ? "−" : "+"}${Math.abs(whole)}°`;
}
