// The daily work by a client whose types are generated from the OpenAPI document: node program.js URL PICTURE (base64).
import createClient from "openapi-fetch";
import type { components, paths } from "./api.d.ts";

declare const process: { argv: string[] };
const [baseUrl, picture] = process.argv.slice(2) as [string, string];
const client = createClient<paths>({ baseUrl });
const image = { base64: picture };

function answered<T>(asked: { data?: T; error?: unknown }): T {
  if (asked.data === undefined) throw new Error(JSON.stringify(asked.error));
  return asked.data;
}

const found = answered(await client.POST("/v1/detect", { body: { image, mode: "thorough", max_faces: 5 } }));
const boxes: components["schemas"]["Box"][] = found.faces.map((face) => face.box);

const analyzed = answered(await client.POST("/v1/analyze", { body: { image, features: ["attributes", "emotion"] } }));
const years: number | undefined = analyzed.faces[0]?.attributes?.age.years;

const same = answered(await client.POST("/v1/verify", { body: { image_a: image, image_b: image } }));
const probability: number | null | undefined = same.probability;

const path = { collection: "typescript" };
answered(await client.POST("/v1/collections", { body: { id: path.collection } }));
const several = answered(
  await client.POST("/v1/collections/{collection}/faces", {
    params: { path },
    body: { image: [image], subjects: ["barack"], on_low_quality: "flag" },
  }),
);
const who = answered(await client.POST("/v1/collections/{collection}/identify", { params: { path }, body: { image } }));
await client.DELETE("/v1/collections/{collection}", { params: { path } });

console.log(
  JSON.stringify({
    faces: boxes.length,
    aged: (years ?? 0) > 20,
    same: same.verified && (probability ?? 0) > 0.9,
    enrolled: several.enrolled,
    who: who.faces[0]?.candidates[0]?.subject,
  }),
);
