import { withApp } from '../../app/start/offline.js';
import { countEvents, discardEvents, listEvents, resendEvents } from '../../fhir/storage/outbox/outbox.js';
import type { OutboxEntry } from '../../fhir/storage/outbox/outbox-event.js';
import type { Chosen } from '../../fhir/storage/outbox/outbox-statements.js';
import { SqlSession } from '../../fhir/storage/session/sql-session.js';
import { isResourceType } from '../../r4/model/resource-types.js';
import { audited, auditLogOf, type CommandChange } from '../audited.js';
import { wrongUsage } from '../command-failed.js';
import { openSetup } from '../open-server.js';
import { print, printJson, printTable, remark } from '../terminal.js';

export interface ChosenEvents {
  readonly hook?: string;
  readonly resource?: string;
  readonly waiting?: true;
}

export interface ListedEvents extends ChosenEvents {
  readonly json?: true;
}

export interface SentAgain extends ChosenEvents {
  readonly all?: true;
}

/** Events that are listed at most. */
const most = 200;

export async function listOutbox(options: ListedEvents): Promise<void> {
  const chosen = read(options);
  await withApp(await openSetup(), remark, async (app) => {
    const session = app.get(SqlSession);
    const counts = await countEvents(session);
    const events = await listEvents(session, chosen, most);
    if (options.json) return printJson({ counts, events });
    if (counts.length === 0) return print('No event waits, and there is no dead letter.');
    printTable(
      ['hook', 'waiting', 'dead', 'oldest'],
      counts.map(({ listener, waiting, dead, oldestSeconds }) => [
        listener,
        String(waiting),
        String(dead),
        waiting === 0 ? '' : `${Math.round(oldestSeconds)} s`,
      ]),
    );
    if (events.length === 0) return;
    print('');
    printTable(['hook', 'version', 'interaction', 'attempts', 'next', 'failure'], events.map(cellsOf));
    if (events.length === most) remark(`The first ${most}; --hook and --resource name fewer.`);
  });
}

const cellsOf = ({ listener, type, id, versionId, interaction, attempt, due, isDead, error }: OutboxEntry) => [
  listener,
  `${type}/${id}/_history/${versionId}`,
  interaction,
  String(attempt),
  isDead ? 'dead' : due,
  error ?? '',
];

export const resendOutbox = (options: SentAgain): Promise<void> =>
  change('resend', options, async (session, chosen) => `${await resendEvents(session, chosen)} events are due now.`);

export const discardOutbox = (options: SentAgain): Promise<void> =>
  change('discard', options, async (session, chosen) => `${await discardEvents(session, chosen)} events are removed.`);

async function change(
  word: 'resend' | 'discard',
  options: SentAgain,
  work: (session: SqlSession, chosen: Chosen) => Promise<string>,
): Promise<void> {
  const chosen = read(options);
  if (options.all === undefined && chosen.listener === undefined && chosen.resource === undefined)
    throw wrongUsage('Name a --hook or a --resource, or say --all.');
  const setup = await openSetup();
  await withApp(setup, remark, (app) => {
    const log = auditLogOf({ config: setup.config, get: (part) => app.get(part) });
    return audited(log, changeOf(word, options), async () => print(await work(app.get(SqlSession), chosen)));
  });
}

function read({ hook, resource, waiting }: ChosenEvents): Chosen {
  if (resource !== undefined) requireAddress(resource);
  return {
    ...(hook !== undefined && { listener: hook }),
    ...(resource !== undefined && { resource }),
    isDead: !waiting,
  };
}

function requireAddress(resource: string): void {
  const [, type = ''] = /^(\w+)\/[A-Za-z0-9.-]{1,64}$/.exec(resource) ?? [];
  if (!isResourceType(type)) throw wrongUsage(`--resource is a type and an id, such as Patient/p1, not "${resource}".`);
}

const changeOf = (word: string, { hook, resource, waiting }: SentAgain): CommandChange => ({
  command: `outbox ${word}${waiting ? ' --waiting' : ''}`,
  on: 'outbox',
  details: [
    ...(hook === undefined ? [] : [['hook', hook] as const]),
    ...(resource === undefined ? [] : [['resource', resource] as const]),
  ],
});
