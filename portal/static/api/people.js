// Collections, the people in them, their faces.

import { formOf, path, send, sendPatiently } from "./calls.js";

const PAGE = 200;

/** Every collection the key may see. Raises Problem. */
export async function collections() {
  const found = [];
  for (let after = ""; after !== null;) {
    const page = await send("GET", "/v1/collections", { query: { after, limit: PAGE } });
    found.push(...page.collections);
    after = page.next ?? null;
  }
  return found;
}

export const createCollection = (id, keepChips = false) => send("POST", "/v1/collections", { json: keepChips ? { id, keep_chips: true } : { id } });
export const statisticsOf = (id) => send("GET", path`/v1/collections/${id}/statistics`);
export const eraseCollection = (id) => send("DELETE", path`/v1/collections/${id}`);

/** One page of people by id; `query` may hold what else the route reads. */
export const peoplePage = (collection, after = "", query = {}) =>
  send("GET", path`/v1/collections/${collection}/subjects`, { query: { after, limit: PAGE, ...query } });

export const readPerson = (collection, id) => send("GET", path`/v1/collections/${collection}/subjects/${id}`);
export const createPerson = (collection, id, name) => send("POST", path`/v1/collections/${collection}/subjects`, { json: { id, name } });
export const changePerson = (collection, id, change) => send("PATCH", path`/v1/collections/${collection}/subjects/${id}`, { json: change });
export const mergePeople = (collection, id, duplicate) => send("POST", path`/v1/collections/${collection}/subjects/${id}/merge`, { json: { duplicate } });
export const erasePerson = (collection, id) => send("DELETE", path`/v1/collections/${collection}/subjects/${id}`);
export const exportPerson = (collection, id) => send("GET", path`/v1/collections/${collection}/subjects/${id}/export`);
export const eraseFace = (collection, id, face) => send("DELETE", path`/v1/collections/${collection}/subjects/${id}/faces/${face}`);

/** Every face of a person. */
export async function facesOf(collection, id) {
  const found = [];
  for (let after; after !== null;) {
    const page = await send("GET", path`/v1/collections/${collection}/subjects/${id}/faces`, { query: { after, limit: PAGE } });
    found.push(...page.faces);
    after = page.next ?? null;
  }
  return found;
}

export const enrolFace = (collection, id, file, options = {}) =>
  sendPatiently("POST", path`/v1/collections/${collection}/subjects/${id}/faces`, { form: formOf({ image: file }, options) });

/** An id made of a name: letters, digits and hyphens; accents go, an empty rest is "person". */
export function idOf(name) {
  const plain = name.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 100) || `person-${crypto.randomUUID().slice(0, 8)}`;
}

/** The person of that name or id, made when there is none: {person, made}. */
export async function personNamed(collection, name) {
  const id = idOf(name);
  const read = async () => ({ person: await readPerson(collection, id), made: false });
  try {
    return await read();
  } catch (failure) {
    if (failure.status !== 404) throw failure;
  }
  try {
    return { person: await createPerson(collection, id, name), made: true };
  } catch (failure) {
    if (failure.status !== 409) throw failure;
    return read();  // another picture of the same import was quicker
  }
}

/** Enrols a face under a name; a person made for it does not stay without a face. Raises Problem. */
export async function enrolAs(collection, name, file, options = {}) {
  const { person, made } = await personNamed(collection, name);
  try {
    return { person, enrolled: await enrolFace(collection, person.id, file, { face: "largest", ...options }) };
  } catch (failure) {
    if (made) await erasePerson(collection, person.id).catch(() => null);
    throw failure;
  }
}
