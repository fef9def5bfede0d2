// google-gax's REST client as another agency would use it: node gax_rest.js PORT PROTOS GOOGLE TOKEN.
const assert = require('assert');
const path = require('path');
const gax = require('google-gax');
const {OAuth2Client} = require('google-auth-library');

const [port, protos, google, token] = process.argv.slice(2);

function loadProtos() {
  const root = new gax.protobuf.Root();
  root.resolvePath = (_, target) => {
    if (gax.protobuf.common.get(target)) return target; // google/protobuf/… is built in
    return path.join(target.startsWith('google/api/') ? google : protos, target);
  };
  root.loadSync('lucid/tasks/v1/tasks_service.proto');
  return root;
}

async function main() {
  // Errors reach google-gax as they were sent, instead of being thrown by the HTTP layer below it.
  const auth = new OAuth2Client({transporterOptions: {validateStatus: () => true}});
  auth.setCredentials({access_token: token});
  const client = new gax.fallback.GrpcClient({auth, fallback: true});
  const service = loadProtos().lookupService('lucid.tasks.v1.TasksService');
  const stub = await client.createStub(service, {servicePath: '127.0.0.1', port, protocol: 'http'});
  const pages = {listUnits: new gax.PageDescriptor('pageToken', 'nextPageToken', 'units')};
  const methods = {};
  for (const method of ['createUnit', 'updateUnit', 'listUnits']) {
    methods[method] = gax.createApiCall(
      Promise.resolve((...rest) => stub[method](...rest)), new gax.CallSettings(),
      pages[method], true);
  }
  const bearer = {otherArgs: {headers: {authorization: `Bearer ${token}`}}};

  for (const number of [1, 2, 3]) {
    const id = `gax-${number}`;
    const unit = {id, name: `甲单位 ${number}`, region: '210400', origin: {synthetic: true}};
    const [created] = await methods.createUnit({unit, requestId: id}, bearer);
    const [again] = await methods.createUnit({unit, requestId: id}, bearer);
    assert.deepStrictEqual(again, created);
  }
  const [listed] = await methods.listUnits({region: '210400', pageSize: 2}, bearer);
  assert.deepStrictEqual(
    listed.map(unit => unit.id).filter(id => id.startsWith('gax-')), ['gax-1', 'gax-2', 'gax-3']);

  const [changed] = await methods.updateUnit(
    {unit: {id: 'gax-1', kind: '县区政府'}, updateMask: {paths: ['kind']}}, bearer);
  assert.deepStrictEqual([changed.kind, changed.name], ['县区政府', '甲单位 1']);
  const stale = await methods.updateUnit(
    {unit: {id: 'gax-1', kind: '', version: 1}, updateMask: {paths: ['kind']}}, bearer).catch(e => e);
  assert.strictEqual(stale.code, 10, `${stale}`);
  assert.strictEqual(stale.reason, 'STALE_VERSION');
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
