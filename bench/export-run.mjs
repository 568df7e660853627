// @ts-check
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Its files, and how long it took by the clock of the database: who asks waits a second longer.
 * @param {import('./lanyard.mjs').Lanyard} server @param {import('pg').Client} client @param {Record<string, string>} headers
 */
export async function exportAll(server, client, headers) {
  const begun = await fetch(`${server.base}/$export?_type=Observation`, {
    headers: { ...headers, prefer: 'respond-async' },
  });
  const place = begun.headers.get('content-location');
  if (begun.status !== 202 || place === null) throw new Error(`${begun.status} ${await begun.text()}`);
  const job = new URL(place).searchParams.get('job');
  for (let tries = 0; tries < 10_000; tries++) {
    await sleep(100);
    const { rows } = await client.query(
      `SELECT extract(epoch FROM finished - created)::float8 AS seconds, resources::integer FROM job WHERE id = $1 AND state = 'done'`,
      [job],
    );
    if (rows.length === 0) continue;
    const answer = await fetch(place, { headers });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    const { output } = /** @type {{ output: { url: string }[] }} */ (await answer.json());
    return { output, took: /** @type {{ seconds: number, resources: number }} */ (rows[0]) };
  }
  throw new Error('The export does not end.');
}

/** Reads the files to their ends; by node:http, since fetch asks for compression. Returns their bytes. @param {readonly string[]} urls @param {Record<string, string>} headers */
export async function download(urls, headers) {
  let bytes = 0;
  for (const url of urls) {
    const asked = get(url, { headers });
    const [answer] = await once(asked, 'response');
    if (answer.statusCode !== 200) throw new Error(`A file was answered ${answer.statusCode}.`);
    for await (const chunk of answer) bytes += chunk.length;
  }
  return bytes;
}
