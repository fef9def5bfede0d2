// Asks gRPC health as a kubelet does. Reads lines {"id", "address", "service", "seconds"}, answers
// each with {"id", "ok", "said"}.
"use strict";

const path = require("path");
const readline = require("readline");
const grpc = require(path.join(__dirname, "..", "node", "node_modules", "@grpc", "grpc-js"));

const bytes = (value) => value;
const Health = grpc.makeGenericClientConstructor({
  check: { path: "/grpc.health.v1.Health/Check", requestStream: false, responseStream: false,
    requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes,
    responseDeserialize: bytes },
}, "Health");

function ask({ id, address, service, seconds }) {
  // A connection per probe, as the kubelet has it.
  const client = new Health(address, grpc.credentials.createInsecure(),
    { "grpc.use_local_subchannel_pool": 1, "grpc.enable_http_proxy": 0 });
  const name = Buffer.from(service || "");
  const request = name.length ? Buffer.concat([Buffer.from([10, name.length]), name]) : name;
  client.check(request, { deadline: Date.now() + seconds * 1000 }, (error, answer) => {
    client.close();
    const ok = !error && answer.length === 2 && answer[1] === 1;
    console.log(JSON.stringify({ id, ok, said: error ? error.details : `status ${answer[1]}` }));
  });
}

readline.createInterface({ input: process.stdin }).on("line", (line) => ask(JSON.parse(line)))
  .on("close", () => process.exit(0));
