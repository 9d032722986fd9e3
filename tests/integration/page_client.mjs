// Uploads a film with the page's own client, through a proxy that cuts the first connections; prints what happened.
// node --experimental-transform-types page_client.mjs CLIENT '{"port", "key", "project", "film", "cuts", "cutAfter", ...}'
import { readFileSync } from "node:fs";
import { cuttingProxy } from "./cutting_proxy.mjs";

const { FilmUpload } = await import(process.argv[2]);
const asked = JSON.parse(process.argv[3]);
const proxy = await cuttingProxy(asked.port, asked.cuts, asked.cutAfter);
const kept = new Map();
const storage = { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v), removeItem: (k) => kept.delete(k) };
const stages = [];

async function transport({ method, url, headers, body, signal }) {
  const known = { ...headers, Authorization: `Bearer ${asked.key}` };
  try {
    const answer = await fetch(`http://127.0.0.1:${proxy.port}${url}`, { method, headers: known, body, signal });
    return { status: answer.status, header: (name) => answer.headers.get(name), text: await answer.text() };
  } catch {
    return { status: 0, header: () => null, text: "" };
  }
}

const film = Object.assign(new Blob([readFileSync(asked.film)]), { name: "Schöner Schnitt.mp4", lastModified: 1 });
const order = { project: asked.project, checksum: asked.checksum ?? false, choices: asked.choices };
const upload = new FilmUpload(film, order, { transport, storage, ...(asked.portion ? { portion: asked.portion } : {}) });
upload.changed = () => stages.at(-1) === upload.stage || stages.push(upload.stage);
const record = await upload.start();
console.log(JSON.stringify({ path: `/v1/uploads/${record?.id}`, stages, cuts: proxy.cuts, problem: upload.problem }));
process.exit(0);
