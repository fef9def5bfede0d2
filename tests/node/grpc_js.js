// @grpc/grpc-js as another agency would use it: node grpc_js.js ADDRESS DESCRIPTORS TOKEN NAME.
const assert = require('assert');
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, descriptors, token, name] = process.argv.slice(2);
const definition = loader.loadFileDescriptorSetFromBuffer(fs.readFileSync(descriptors), {
  longs: String,
  enums: String,
});
const {TasksService} = grpc.loadPackageDefinition(definition).lucid.tasks.v1;
const client = new TasksService(address, grpc.credentials.createInsecure());

function metadata(bearer = token) {
  const headers = new grpc.Metadata();
  headers.set('authorization', `Bearer ${bearer}`);
  return headers;
}

function call(method, request, headers = metadata()) {
  const deadline = new Date(Date.now() + 20000);
  return new Promise((resolve, reject) =>
    client[method](request, headers, {deadline}, (error, answer) =>
      error ? reject(error) : resolve(answer)
    )
  );
}

// The next event of a record, from the live stream.
function watch(recordId) {
  const stream = client.watchEvents({after: 0}, metadata(), {
    deadline: new Date(Date.now() + 20000),
  });
  return new Promise((resolve, reject) => {
    stream.on('data', page => {
      const event = page.events.find(e => e.record_id === recordId);
      if (!event) return;
      stream.cancel();
      resolve(event);
    });
    stream.on('error', reject);
  });
}

async function main() {
  const unit = {id: name, name, region: '210400', origin: {synthetic: true}};
  const event = watch(name);
  const created = await call('createUnit', {unit, request_id: name});
  assert.strictEqual(created.version, '1');
  assert.deepStrictEqual(await call('createUnit', {unit, request_id: name}), created);
  assert.deepStrictEqual(await call('getUnit', {id: name}), created);
  assert.strictEqual((await event).kind, 'units.CreateUnit');
  const refused = await call('getUnit', {id: name}, metadata('no token')).catch(e => e);
  assert.strictEqual(refused.code, grpc.status.UNAUTHENTICATED);
  const missing = await call('getUnit', {id: 'no-such-unit'}).catch(e => e);
  assert.ok([grpc.status.NOT_FOUND, grpc.status.PERMISSION_DENIED].includes(missing.code));
  client.close();
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
