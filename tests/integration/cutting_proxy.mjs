// A proxy on this machine that cuts its first connections in the middle of what they send.
import { createServer, connect } from "node:net";

/** Pass everything on to `port`; cut the first `cuts` connections once they have sent `after` bytes. */
export function cuttingProxy(port, cuts, after) {
  const proxy = { port: 0, cuts };
  const server = createServer((from) => {
    const to = connect(port, "127.0.0.1");
    let passed = 0;
    const end = () => (from.destroy(), to.destroy());
    from.on("data", (data) => {
      passed += data.length;
      if (proxy.cuts > 0 && passed > after) {
        proxy.cuts -= 1;
        to.write(data.subarray(0, data.length >> 1), end);
      } else if (!to.write(data)) {
        from.pause();
        to.once("drain", () => from.resume());
      }
    });
    to.pipe(from);
    for (const side of [from, to]) side.on("error", end).on("close", end);
  });
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => {
      proxy.port = server.address().port;
      done(proxy);
    });
  });
}
