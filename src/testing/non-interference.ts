import { AssertionError } from 'node:assert';
import { secret, stepsOf, type World } from './hidden-rows.js';
import { compareRecords, Recording } from './recording.js';
import { aBundle, type Resource } from './resources.js';
import { startTestServer, type TestServer, type TestServerOptions } from './server.js';
import { TestClient } from './test-client.js';
import { usualRequests } from './usual-requests.js';

/** The two worlds that are compared, and the way that a caller asks. */
export interface NonInterference extends Pick<TestServerOptions, 'features' | 'settings'> {
  /** The caller: `(server) => server.asPatient('ada', 'patient/*.rs')`. */
  readonly as: (server: TestServer) => TestClient;
  /** Resources with ids, stored in both worlds. As a function, it may give elements that are masked other values in each world. */
  readonly visible: readonly Resource[] | ((world: World) => readonly Resource[]);
  /** Resources with ids that the caller must not learn of. Which of them exist, and in how many versions, differs. */
  readonly hidden: readonly Resource[];
  /** Requests beside the usual ones: operations that take parameters, searches by own parameters. */
  readonly requests?: (client: TestClient) => Promise<unknown>;
  /** Texts of answers that differ by chance, beside ids, times and cursors of the server. */
  readonly ignore?: RegExp;
}

/**
 * Throws an AssertionError, with the request and what differs, if an answer depends on rows out of the caller's reach.
 * Two servers whose databases differ in nothing but those rows get the same requests: reads, versions, histories, searches, counts
 * and pages of the rows' types, all operations that change nothing, writes of what the hidden rows hold, and `requests`.
 * The answers have to be the same, byte for byte, apart from ids and times that the server made.
 */
export async function expectNonInterference(check: NonInterference): Promise<void> {
  const { features, settings, visible, hidden } = check;
  if (hidden.length === 0 && typeof visible !== 'function')
    throw useless('the two worlds do not differ: name hidden rows');
  const start = () => startTestServer({ ...(features && { features }), ...(settings && { settings }), http: false });
  const started = await Promise.allSettled([start(), start()]);
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    const failed = started.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const [a, b] = await Promise.all(servers.map((server, i) => record(check, server, i === 0 ? 'a' : 'b')));
    compareRecords(a!, b!, secret);
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

async function record(check: NonInterference, server: TestServer, world: World): Promise<readonly string[]> {
  const visible = typeof check.visible === 'function' ? check.visible(world) : check.visible;
  await load(server, visible, check.hidden, world);
  const caller = check.as(server);
  await expectSight(caller, visible);
  const recording = new Recording(server, check.ignore);
  const client = new TestClient(async (method, path, options) => {
    const answer = await server.call(method, path, options);
    recording.add(`${method} ${path}`, answer);
    return answer;
  }, caller.token);
  await check.requests?.(client);
  await usualRequests(server, client, { visible, hidden: check.hidden });
  return recording.take();
}

async function load(
  server: TestServer,
  visible: readonly Resource[],
  hidden: readonly Resource[],
  world: World,
): Promise<void> {
  for (const step of stepsOf(visible, hidden, world)) {
    const { status, text } = await server.asService().call('POST', '', { body: aBundle('transaction', ...step) });
    if (status !== 200) throw new Error(`The server did not store what the check needs: ${status} ${text}`);
  }
}

/** A caller who is refused everything proves nothing, so this fails. */
async function expectSight(caller: TestClient, visible: readonly Resource[]): Promise<void> {
  for (const { resourceType, id } of visible) if ((await caller.read(resourceType, String(id))).status === 200) return;
  throw useless('the caller can read none of the visible rows');
}

const useless = (why: string): AssertionError =>
  new AssertionError({ message: `This check would prove nothing: ${why}.`, operator: 'nonInterference' });
