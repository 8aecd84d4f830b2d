// The README followed to the letter: a new Nest application, the packed library, the tour's files, and its curl commands.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { npm, run } from './process.mjs';
import { root } from './yard.mjs';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const CARRIER = 4000;
const RECOVERY = 10_000;

/** `nest new shop`, then everything that the tour says. */
export async function followTour({ folder, tarball, node }) {
  // a folder of its own for each version of Node
  const parent = mkdtempSync(join(folder, 'tour-'));
  const shop = join(parent, 'shop');
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  const flags = ['--skip-git', '--skip-install', '--package-manager', 'npm'];
  await run(node, [nest, 'new', 'shop', ...flags], { cwd: parent });
  await npm(['install', '--prefer-offline'], { cwd: shop });
  await npm(['install', '--prefer-offline', tarball], { cwd: shop });
  for (const [, file, code] of readme.matchAll(/```ts\n\/\/ (src\/\S+)\n([\s\S]*?)```/g)) {
    mkdirSync(dirname(join(shop, file)), { recursive: true });
    writeFileSync(join(shop, file), code);
  }
  checkLinks(join(shop, 'node_modules/nestjs-breakwater'));
  const env = { PATH: `${dirname(node)}:${process.env.PATH}` };
  await run('npm', ['run', 'build'], { cwd: shop, env });
  await withApplication(shop, node, outage);
}

/** The README's links lead somewhere in the installed package. */
function checkLinks(installed) {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link);
  assert.ok(links.length > 10);
  assert.deepEqual(
    links.filter((link) => !existsSync(join(installed, link))),
    [],
  );
}

async function withApplication(shop, node, use) {
  const port = await freePort();
  const application = spawn(node, ['dist/main.js'], {
    cwd: shop,
    env: { ...process.env, PORT: String(port) },
  });
  let said = '';
  const started = new Promise((resolve, reject) => {
    const listen = (chunk) => (said += chunk).includes('successfully started') && resolve();
    application.stdout.on('data', listen);
    application.stderr.on('data', listen);
    application.on('exit', () => reject(new Error(`the application ended\n${said}`)));
  });
  try {
    await started;
    await listening(port);
    await use(() => fetch(`http://localhost:${port}/bookings/A-1`, { method: 'PUT' }));
  } finally {
    application.kill();
    await once(application, 'exit');
  }
}

/** What the curl commands of "An outage" promise. */
async function outage(book) {
  const answers = [await book(), await book(), await book()];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [500, 503, 503],
  );
  assert.equal((await answers[2].json()).code, 'RESILIENCE_CIRCUIT_OPEN');
  const carrier = createServer((_, answer) => answer.end('booked')).listen(CARRIER);
  await once(carrier, 'listening');
  try {
    await new Promise((resolve) => setTimeout(resolve, RECOVERY));
    assert.equal(await (await book()).text(), 'booked');
  } finally {
    carrier.close();
  }
}

/** Nest says that it has started before its server listens. */
async function listening(port) {
  for (let tries = 0; ; tries++) {
    const socket = connect(port, 'localhost');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    if (tries === 100) throw new Error(`nothing listens on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
