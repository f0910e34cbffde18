// Human on tfjs' wasm backend behind node's HTTP server, a worker per core: node human.mjs PORT, in the folder of its packages.
// tfjs-node, the other way to run it, loads TensorFlow's library from a place that no package registry is.
import cluster from 'node:cluster';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import { pathToFileURL } from 'node:url';

const packages = `${process.cwd()}/node_modules`;
const port = Number(process.argv[2]);

if (cluster.isPrimary) {
  process.on('SIGTERM', () => process.exit(0));
  for (let i = 0; i < os.availableParallelism(); i += 1) cluster.fork();
  cluster.on('exit', (_worker, code) => process.exit(code || 1));
} else {
  await serve();
}

async function serve() {
  const require = createRequire(`${packages}/`);
  require('@tensorflow/tfjs-backend-wasm');
  // The package's list of exports leaves out what its guide says to ask for; a path of its own does not ask the list.
  const { Human } = require(`${packages}/@vladmandic/human/dist/human.node-wasm.js`);
  const sharp = require('sharp');
  sharp.concurrency(1); // a worker per core
  readFilesByFetch();

  const off = { enabled: false };
  const common = {
    backend: 'wasm',
    wasmPath: `${packages}/@tensorflow/tfjs-backend-wasm/dist/`,
    modelBasePath: `${pathToFileURL(packages)}/@vladmandic/human/models/`,
    cacheSensitivity: 0, // every photo is a new one
    filter: off,
    body: off,
    hand: off,
    object: off,
    gesture: off,
    segmentation: off,
  };
  const detector = { maxDetected: 50 };
  const ways = {
    '/detect': new Human({ ...common, face: { detector, mesh: off, iris: off, emotion: off, description: off } }),
    '/everything': new Human({ ...common, face: { detector } }), // the default: mesh, iris, emotion, description
  };
  for (const human of Object.values(ways)) await human.load();

  http.createServer(async (request, response) => {
    const human = ways[request.url];
    if (!human) return response.end('ready');
    try {
      response.setHeader('Content-Type', 'application/json');
      return response.end(JSON.stringify({ faces: await facesOf(human, sharp, await body(request)) }));
    } catch (error) {
      response.statusCode = 500;
      return response.end(String(error));
    }
  }).listen(port, '127.0.0.1');
}

async function facesOf(human, sharp, picture) {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const tensor = human.tf.tensor(data, [1, info.height, info.width, 3], 'float32');
  const found = await human.detect(tensor);
  human.tf.dispose(tensor);
  if (found.error) throw new Error(found.error);
  return found.face;
}

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

// node's fetch reads no files, and that is how tfjs reads a model.
function readFilesByFetch() {
  const { fetch } = globalThis;
  globalThis.fetch = async (url, options) =>
    String(url).startsWith('file:') ? new Response(fs.readFileSync(new URL(url))) : fetch(url, options);
}
