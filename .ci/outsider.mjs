// Tries what an outsider would, and a caller with too little, with a client that is not ours: to read, start, cancel,
// inject, exhaust and eavesdrop. Each attempt must fail with the status that is named here. Run by check-outsider, which
// sets up the server and says in the environment where it is.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import plain from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';

const { OUTSIDER_PORT, OUTSIDER_WEB, OUTSIDER_FILES, OUTSIDER_TOOLS, OUTSIDER_PROTO, OUTSIDER_CLIENT } = process.env;
const require = createRequire(path.join(OUTSIDER_TOOLS, 'package.json'));
const grpc = require('@grpc/grpc-js');
const { DeployService } = grpc.loadPackageDefinition(
  require('@grpc/proto-loader').loadSync('deploytail/v1/deploy_service.proto', {
    includeDirs: [OUTSIDER_PROTO, path.join(OUTSIDER_TOOLS, 'node_modules/protobufjs')],
    keepCase: true,
    longs: Number,
    arrays: true,
  }),
).deploytail.v1;

const LIMIT_MS = 30_000;
const UNKNOWN_ID = '01a1fdb9-0c22-778f-827c-827b7d4db884';

const file = (name) => readFileSync(path.join(OUTSIDER_FILES, name));
const token = (name) => file(`${name}.token`).toString().trim();
const trusting = grpc.credentials.createSsl(file('ca.pem'));
const showing = grpc.credentials.createSsl(file('ca.pem'), file('billing.key'), file('billing.pem'));

let failures = 0;

function check(what, got, expected) {
  const passed = expected instanceof RegExp ? expected.test(got) : got === expected;
  console[passed ? 'log' : 'error'](`${passed ? 'ok' : 'FAILED'}: ${what}: ${got.trimEnd()}${passed ? '' : `, expected ${expected}`}`);
  failures += passed ? 0 : 1;
}

/** A client, and what it says of itself in each call. */
function as(bearer, credentials = trusting, port = OUTSIDER_PORT) {
  const client = new DeployService(`localhost:${port}`, credentials);
  const headers = () => {
    const metadata = new grpc.Metadata();
    if (bearer !== undefined) {
      metadata.set('authorization', `Bearer ${bearer}`);
    }
    return metadata;
  };
  const options = () => ({ deadline: Date.now() + LIMIT_MS });
  return {
    /** A call's answer; fails as it does. */
    call: (method, request = {}) =>
      new Promise((resolve, reject) =>
        client[method](request, headers(), options(), (error, response) => (error ? reject(error) : resolve(response)))),
    /** A stream that is open: its messages so far. Fails as it does before its first message. */
    open: (method, request = {}) =>
      new Promise((resolve, reject) => {
        const messages = [];
        const stream = client[method](request, headers(), options());
        const opened = { messages, cancel: () => stream.cancel() };
        opened.ended = new Promise((end) => stream.on('end', end).on('error', end));
        stream.on('data', (message) => {
          messages.push(message);
          resolve(opened);
        });
        stream.on('error', reject);
      }),
    close: () => client.close(),
  };
}

const isStream = (method) => method === 'StreamLogs' || method === 'WatchDeployments';

/** The name of the status with which a call ends, OK for a stream that gives anything away. */
async function status(caller, method, request) {
  try {
    await (isStream(method) ? caller.open(method, request).then((stream) => stream.cancel()) : caller.call(method, request));
    return 'OK';
  } catch (error) {
    return grpc.status[error.code];
  }
}

async function attempt(what, caller, method, request, expected) {
  check(what, await status(caller, method, request), expected);
}

async function textOf(caller, id) {
  const stream = await caller.open('StreamLogs', { deployment_id: id });
  await stream.ended;
  return stream.messages.map((message) => message.chunk?.text ?? '').join('');
}

const release = (parameters) => ({ recipe: 'release', parameters: { tenant: 'a', version: '1.0', ...parameters } });

// --- those who may ---------------------------------------------------------------------------------

const ops = as(token('ops'));
const ci = as(token('ci'));
const dashboard = as(token('dashboard'));
const billing = as(undefined, showing);

const long = await ops.call('StartDeploy', { target: 'tenant-b', command: ['sh', '-c', 'echo hidden; exec sleep 60'] });
const hidden = long.deployment_id;
const { watch_token: beginning } = await dashboard.call('ListDeployments', {});
const own = await ci.call('StartDeploy', release({}));
check('Node.js, with a token', await textOf(ci, own.deployment_id), 'releasing 1.0 \n');
check('Node.js, with a certificate', await textOf(billing, own.deployment_id), 'releasing 1.0 \n');

// --- read ------------------------------------------------------------------------------------------

const strangers = {
  'without a token': as(undefined),
  'with a guessed token': as(`dt_${'A'.repeat(43)}`),
  'with a revoked token': as(token('gone')),
  'with the hash of a token': as(JSON.parse(file('callers.json')).callers.find((each) => each.name === 'ops').tokens_sha256[0]),
};
const calls = {
  StartDeploy: { command: ['true'] },
  ListRecipes: {},
  StreamLogs: { deployment_id: hidden },
  GetDeployment: { deployment_id: hidden },
  ListDeployments: {},
  WatchDeployments: {},
  CancelDeployment: { deployment_id: hidden },
  DeleteDeployment: { deployment_id: own.deployment_id },
};
for (const [who, stranger] of Object.entries(strangers)) {
  for (const [method, request] of Object.entries(calls)) {
    await attempt(`${method} ${who}`, stranger, method, request, 'UNAUTHENTICATED');
  }
}
for (const [who, caller] of Object.entries({ 'of another target': ci, 'as a viewer': dashboard, 'by certificate': billing })) {
  await attempt(`read a deployment ${who}`, caller, 'GetDeployment', { deployment_id: hidden }, 'NOT_FOUND');
  await attempt(`read its log ${who}`, caller, 'StreamLogs', { deployment_id: hidden }, 'NOT_FOUND');
  await attempt(`read beyond its log ${who}`, caller, 'StreamLogs', { deployment_id: hidden, from_offset: 1e9 }, 'NOT_FOUND');
  const { deployments } = await caller.call('ListDeployments', { page_size: 1000 });
  check(`list it ${who}`, String(deployments.some((each) => each.deployment_id === hidden)), 'false');
}
const { next_page_token: page } = await ops.call('ListDeployments', { page_size: 1 });
const turned = await ci.call('ListDeployments', { page_size: 1, page_token: page });
check("turn another caller's page", turned.deployments.map((each) => each.target).join(), /^(tenant-a)?$/);
const watch = await dashboard.open('WatchDeployments', { resume_token: beginning });
await ops.call('StartDeploy', { target: 'tenant-b', command: ['true'] });
const seen = await ci.call('StartDeploy', release({}));
const heardOf = () => JSON.stringify(watch.messages);
let isOver = false;
watch.ended.then(() => (isOver = true));
while (!isOver && !heardOf().includes(seen.deployment_id)) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
check('watch what it may see', String(heardOf().includes(seen.deployment_id)), 'true');
check('watch it', String(heardOf().includes('tenant-b') || heardOf().includes(hidden)), 'false');
watch.cancel();

for (const address of ['', 'metrics', `deployments/${hidden}`, `deployments/${hidden}/log`, 'assets/../../callers.json']) {
  check(`GET /${address}`, String(await get(new URL(OUTSIDER_WEB), `/${address}`)), /^40[014]$/);
}

function get(site, address) {
  const request = { host: site.hostname, port: site.port, path: address, rejectUnauthorized: false, headers: { host: site.host } };
  return new Promise((resolve, reject) => {
    const client = site.protocol === 'https:' ? https : plain;
    client.get(request, (response) => response.resume().on('end', () => resolve(response.statusCode))).on('error', reject);
  });
}

// --- start -----------------------------------------------------------------------------------------

await attempt('start as a viewer', dashboard, 'StartDeploy', release({}), 'PERMISSION_DENIED');
await attempt('start by certificate as a viewer', billing, 'StartDeploy', release({}), 'PERMISSION_DENIED');
await attempt('start for another tenant', ci, 'StartDeploy', release({ tenant: 'b' }), 'PERMISSION_DENIED');
await attempt('start a command of its own', ci, 'StartDeploy', { target: 'tenant-a', command: ['id'] }, 'PERMISSION_DENIED');
await attempt('start a recipe of another role', ci, 'StartDeploy', { recipe: 'upkeep' }, /INVALID_ARGUMENT|PERMISSION_DENIED/);
await attempt('start a recipe with a command', ci, 'StartDeploy', { ...release({}), command: ['id'] }, 'INVALID_ARGUMENT');
await attempt('start a recipe with a target', ci, 'StartDeploy', { ...release({}), target: 'tenant-a' }, 'INVALID_ARGUMENT');
check('what it starts has its name', (await ci.call('GetDeployment', { deployment_id: own.deployment_id })).deployment.started_by, 'ci');

// --- cancel ----------------------------------------------------------------------------------------

const others = await ops.call('StartDeploy', { target: 'tenant-a', command: ['sleep', '60'] });
for (const [who, caller] of Object.entries({ 'as a deployer': ci, 'as a viewer': dashboard })) {
  const request = { deployment_id: others.deployment_id };
  await attempt(`cancel what another has started ${who}`, caller, 'CancelDeployment', request, 'PERMISSION_DENIED');
  await attempt(`delete ${who}`, caller, 'DeleteDeployment', { deployment_id: own.deployment_id }, 'PERMISSION_DENIED');
  await attempt(`cancel what is hidden ${who}`, caller, 'CancelDeployment', { deployment_id: hidden }, 'NOT_FOUND');
}
await ops.call('CancelDeployment', { deployment_id: others.deployment_id });

// --- inject ----------------------------------------------------------------------------------------

const marker = path.join(OUTSIDER_FILES, 'injected-');
for (const version of [`1; touch ${marker}1`, '1.0\n', '-1', '$(id)', '']) {
  await attempt(`inject ${JSON.stringify(version)}`, ci, 'StartDeploy', release({ version }), 'INVALID_ARGUMENT');
}
await attempt('inject an option', ci, 'StartDeploy', release({ note: '--help' }), 'INVALID_ARGUMENT');
await attempt('inject a NUL', ci, 'StartDeploy', release({ note: 'a\0b' }), 'INVALID_ARGUMENT');
await attempt('inject a parameter', ci, 'StartDeploy', release({ command: 'id' }), 'INVALID_ARGUMENT');
await attempt('inject a variable', ci, 'StartDeploy', { ...release({}), env: { LD_PRELOAD: '/x' } }, 'INVALID_ARGUMENT');
await attempt('inject a target', ci, 'StartDeploy', release({ tenant: '../b' }), 'INVALID_ARGUMENT');
const note = `'; touch ${marker}2; $(touch ${marker}3) \`touch ${marker}4\` \${version}`;
const literal = await ci.call('StartDeploy', release({ note }));
check('inject into what a recipe takes as text', await textOf(ci, literal.deployment_id), `releasing 1.0 ${note}\n`);
for (const id of ["' OR 1=1 --", '../../etc/passwd', `${hidden}/../`, '%00', 'x'.repeat(100_000)]) {
  await attempt(`inject the id ${id.slice(0, 20)}`, ci, 'GetDeployment', { deployment_id: id }, 'NOT_FOUND');
}
await attempt('inject a filter', ci, 'ListDeployments', { page_token: "' OR 1=1" }, 'INVALID_ARGUMENT');

// --- exhaust ---------------------------------------------------------------------------------------

const busy = as(token('busy'));
let started = 0;
let last = 'OK';
while (last === 'OK' && started < 100) {
  last = await status(busy, 'StartDeploy', release({ tenant: 'busy' }));
  started += last === 'OK' ? 1 : 0;
}
check('start without end', `${last} after ${started}`, /^RESOURCE_EXHAUSTED after [0-9]+$/);
check('it may start as many as it may', String(started >= 8), 'true');
const refusal = await busy.call('StartDeploy', release({ tenant: 'busy' })).catch((error) => error);
const details = String(refusal.metadata?.get('grpc-status-details-bin')[0]);
check('it is told when to retry', String(details.includes('google.rpc.RetryInfo')), 'true');
const streams = [];
for (let i = 0; i < 3; i++) {
  streams.push(await busy.open('StreamLogs', { deployment_id: hidden }));
}
await attempt('follow without end', busy, 'StreamLogs', { deployment_id: hidden }, 'RESOURCE_EXHAUSTED');
await attempt('others are served meanwhile', ops, 'StreamLogs', { deployment_id: hidden }, 'OK');
streams.forEach((stream) => stream.cancel());
const large = { command: ['true', 'x'.repeat(5 << 20)] };
await attempt('send without end', ops, 'StartDeploy', large, 'RESOURCE_EXHAUSTED');
const labels = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, '']));
await attempt('label without end', ops, 'StartDeploy', { command: ['true'], labels }, 'INVALID_ARGUMENT');
await attempt('name oneself without end', as('x'.repeat(20_000)), 'ListDeployments', {}, /^(?!OK)/);

// --- eavesdrop -------------------------------------------------------------------------------------

const heard = [];
const relay = net.createServer((near) => {
  const far = net.connect(OUTSIDER_PORT, '127.0.0.1');
  for (const [from, to] of [[near, far], [far, near]]) {
    from.on('data', (data) => heard.push(data)).on('error', () => to.destroy()).pipe(to);
  }
});
const relayPort = await listen(relay);
const overheard = as(token('ops'), trusting, relayPort);
const listened = await overheard.open('StreamLogs', { deployment_id: hidden });
await overheard.call('CancelDeployment', { deployment_id: hidden });
await listened.ended;
const bytes = Buffer.concat(heard);
check('listen on the line', String(bytes.length > 1000 && !bytes.includes('hidden') && !bytes.includes(token('ops'))), 'true');
await attempt('ask without TLS', as(token('ops'), grpc.credentials.createInsecure()), 'ListDeployments', {}, 'UNAVAILABLE');
overheard.close();
relay.close();

// Somebody with a certificate for the same name, from an authority that the client does not trust.
const told = [];
const impostor = tls.createServer(
  { cert: file('other.pem'), key: file('other.key'), ALPNProtocols: ['h2'] },
  (socket) => socket.on('data', (data) => told.push(data)).on('error', () => {}),
);
impostor.on('tlsClientError', () => {});
const impostorPort = await listen(impostor);
await attempt('pose as the server, to Node.js', as(token('ops'), trusting, impostorPort), 'ListDeployments', {}, 'UNAVAILABLE');
const posed = await new Promise((resolve) =>
  execFile(
    OUTSIDER_CLIENT,
    ['--server', `localhost:${impostorPort}`, '--ca', path.join(OUTSIDER_FILES, 'ca.pem'), '--token-file', path.join(OUTSIDER_FILES, 'ops.token'), 'list'],
    { timeout: 60_000 },
    (error, _, complaint) => resolve(`${error?.code} ${complaint}`),
  ));
check('pose as the server, to deploytail', posed, /not signed by anyone who is trusted here/);
check('learn the token that way', String(Buffer.concat(told).length), '0');
impostor.close();

function listen(listener) {
  return new Promise((resolve) => listener.listen(0, '127.0.0.1', () => resolve(listener.address().port)));
}

console.log(failures === 0 ? 'outsider: got nowhere' : `outsider: ${failures} attempts went otherwise`);
process.exit(failures === 0 ? 0 : 1);
