// @ts-check
// Runs commands of `lanyard` one after the other in one process, which has loaded the server once. Argument: the folder of the build.
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';

const build = pathToFileURL(`${process.argv[2]}/`).href;
await import('reflect-metadata');
const { runCommand } = await import(`${build}cli/run-command.js`);
await import(`${build}app/start/offline.js`);

const home = process.cwd();

/** @param {{ args: string[], variables: Record<string, string>, input: string, folder?: string }} command */
async function run({ args, variables, input, folder = home }) {
  process.chdir(folder);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, variables);
  const stdin = new PassThrough();
  stdin.end(input);
  Object.defineProperty(process, 'stdin', { configurable: true, value: stdin });
  const [output, remarks] = [capture(process.stdout), capture(process.stderr)];
  process.exitCode = 0;
  try {
    await runCommand(args);
  } finally {
    process.chdir(home);
    output.end();
    remarks.end();
  }
  return { exitCode: process.exitCode, output: output.text().trim(), remarks: remarks.text().trim() };
}

/** @param {NodeJS.WriteStream} stream */
function capture(stream) {
  const write = stream.write.bind(stream);
  let text = '';
  stream.write = (chunk) => {
    text += chunk.toString();
    return true;
  };
  return { text: () => text, end: () => void (stream.write = write) };
}

/** @type {Promise<unknown>} */
let before = Promise.resolve();
process.on('message', (/** @type {any} */ command) => {
  before = before.then(async () => process.send?.(await run(command)));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
