// A server process that has nothing but the embedded PostgreSQL. Arguments: the built source, the data folder.
import { pathToFileURL } from 'node:url';

const [source, dataDir] = process.argv.slice(2);
const { startEmbeddedPostgres } = await import(pathToFileURL(`${source}/database/embedded/embedded-postgres.js`).href);
const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
try {
  const postgres = await startEmbeddedPostgres({ dataDir, log: say });
  process.on('SIGTERM', () => void postgres.stop().then(() => process.exit(0)));
  say('ready');
} catch (error) {
  say(`refused: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
