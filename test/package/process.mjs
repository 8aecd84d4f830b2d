import { spawn } from 'node:child_process';

const MINUTE = 60_000;

/** Runs a command to its end; rejects with what it has said if it fails. */
export function run(command, args, { cwd, env, minutes = 5 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      // nothing of the npm script that runs this reaches the applications
      env: { PATH: process.env.PATH, HOME: process.env.HOME, CI: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: minutes * MINUTE,
    });
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    child.stderr.on('data', (text) => (said += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(said);
      else
        reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}\n${said.slice(-4000)}`));
    });
  });
}

/** npm in a folder, quietly; install scripts are not needed by anything here. */
export function npm(args, options) {
  return run('npm', ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...args], options);
}
