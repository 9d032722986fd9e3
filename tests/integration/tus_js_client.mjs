// Uploads a film with tus-js-client, through a proxy that cuts the first connections in the middle; prints what happened.
// node tus_js_client.mjs PACKAGE '{"port", "key", "project", "film", "sha256", "chunk", "cuts", "cutAfter", "abortAt"}'
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { cuttingProxy } from "./cutting_proxy.mjs";

const tus = createRequire(import.meta.url)(process.argv[2]);
const asked = JSON.parse(process.argv[3]);
let made = 0;

function upload(port, url) {
  return new Promise((done, failed) => {
    const one = new tus.Upload(createReadStream(asked.film), {
      endpoint: `http://127.0.0.1:${port}/v1/uploads`,
      uploadUrl: url,
      chunkSize: asked.chunk ?? Infinity,
      retryDelays: [0, 50, 200, 500, 1000],
      headers: { Authorization: `Bearer ${asked.key}` },
      metadata: { project: asked.project, filename: "Schöner Schnitt.mp4", sha256: asked.sha256 },
      uploadDataDuringCreation: asked.withData ?? false,
      removeFingerprintOnSuccess: true,
      onError: failed,
      onSuccess: () => done({ url: one.url, aborted: false }),
      onUploadUrlAvailable: () => (made += 1),
      onProgress: (sent) => {
        if (!url && asked.abortAt && sent >= asked.abortAt) {
          asked.abortAt = 0;
          one.abort(asked.terminate ?? false).then(() => done({ url: one.url, aborted: true }), failed);
        }
      },
    });
    one.start();
  });
}

const proxy = await cuttingProxy(asked.port, asked.cuts, asked.cutAfter);
let result = await upload(proxy.port, null);
const aborted = result.aborted;
if (aborted && !asked.terminate) result = await upload(proxy.port, result.url);
console.log(JSON.stringify({ path: new URL(result.url).pathname, aborted, made, cuts: proxy.cuts }));
process.exit(0);
