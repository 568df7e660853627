import type { ListedExtensions } from '../../app/extensions/extensions.controller.js';
import { CommandFailed, wrongUsage } from '../command-failed.js';
import { readTokenText } from '../read-token.js';
import { fetchJson, wordsOf } from '../smart/fetch-json.js';

interface Asked {
  readonly server?: string;
  readonly token?: string;
}

/** Asks a running server for its extensions; undefined where none is named. */
export async function askExtensions({ server, token }: Asked): Promise<ListedExtensions | undefined> {
  if (server === undefined) {
    if (token !== undefined) throw wrongUsage('--token is for the server that --server names.');
    return undefined;
  }
  if (!/^https?:\/\//.test(server))
    throw wrongUsage('--server is the address of a server, such as https://fhir.example.');
  if (token === undefined)
    throw wrongUsage('--server needs --token, with the right admin/Job.r; - reads it from the standard input.');
  const url = `${server.replace(/\/+$/, '')}/admin/extensions`;
  const answer = await fetchJson(url, { headers: { authorization: `Bearer ${await readTokenText(token)}` } });
  if (answer.status !== 200) throw new CommandFailed([`${url} did not list them: ${wordsOf(answer)}`]);
  if (!Array.isArray(answer.body['extensions']))
    throw new CommandFailed([`${url} is no list of extensions. --server is PUBLIC_URL of a Lanyard.`]);
  return answer.body as unknown as ListedExtensions;
}
