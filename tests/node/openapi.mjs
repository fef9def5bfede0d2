// Checks /openapi.json with a validator of OpenAPI's own schema: node openapi.mjs PORT.
import assert from 'node:assert';
import {Validator} from '@seriousme/openapi-schema-validator';

const [port] = process.argv.slice(2);
const answer = await fetch(`http://127.0.0.1:${port}/openapi.json`);
assert.strictEqual(answer.status, 200);
const document = await answer.json();
const {valid, errors} = await new Validator().validate(structuredClone(document));
assert.ok(valid, JSON.stringify(errors, null, 2)?.slice(0, 2000));

const {paths, components} = document;
const create = paths['/v1/tasks'].post;
assert.match(create.description, /Creates a task/);
assert.match(create.description, /Roles: .*OFFICE/);
assert.deepStrictEqual(create.requestBody.content['application/json'].schema,
  {$ref: '#/components/schemas/lucid.tasks.v1.Task'});
assert.ok(paths['/v1/tasks/{id}:apply'].post.parameters.some(p => p.in === 'path' && p.name === 'id'));
assert.ok(paths['/v1/tasks'].get.parameters.some(p => p.in === 'query' && p.name === 'pageSize'));
assert.deepStrictEqual(paths['/v1/public/publications'].get.security, []);
assert.ok(paths['/v1/dashboards/overview'].get);

// No two paths differ in the names of their variables only.
const shapes = Object.keys(paths).map(path => path.replace(/\{[^}]+\}/g, '{}'));
assert.strictEqual(new Set(shapes).size, shapes.length);

// Every reference leads somewhere, and everything is described.
for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
  assert.ok(components.schemas[name], name);
}
for (const path of Object.values(paths)) {
  for (const operation of Object.values(path)) assert.ok(operation.description, operation.operationId);
}
