import { withApp } from '../../app/start/offline.js';
import { Erasure, type Erased } from '../../fhir/operations/erasing/erasure.js';
import { usualChanges } from '../../fhir/operations/erasing/purge.operation.js';
import { operator } from '../../fhir/operations/importing/operator.js';
import { isId } from '../../r4/rest/interaction.js';
import { AccessRules } from '../../scope/access-rules.js';
import { RequestContext } from '../../scope/request-context.js';
import { audited, auditLogOf } from '../audited.js';
import { wrongUsage } from '../command-failed.js';
import { confirm } from '../confirm.js';
import { openSetup } from '../open-server.js';
import { print, remark } from '../terminal.js';

export interface PurgeOptions {
  readonly preview?: true;
  readonly yes?: true;
}

/** Nobody waits for the answer of a command. */
const most = usualChanges * 1000;

export async function purge(id: string, { preview, yes }: PurgeOptions): Promise<void> {
  if (!isId(id)) throw wrongUsage(`"${id}" is no id of a Patient.`);
  const setup = await openSetup();
  await withApp(setup, remark, async (app) => {
    const [erasure, rules] = [app.get(Erasure), app.get(AccessRules)];
    await rules.refresh();
    const context = new RequestContext(await rules.consult(operator), rules);
    const root = { type: 'Patient', id };
    const planned = await erasure.preview(context, root, most);
    print(...describe(planned));
    if (preview) return;
    const loss = `All of the record of Patient/${id} will be gone; nothing brings it back but a backup.`;
    if (!yes) await confirm(id, { loss, question: 'Type the id of the patient to erase it: ' });
    const log = auditLogOf({ config: setup.config, get: (part) => app.get(part) });
    const counts = [...planned.counts].map(([type, count]) => [type, String(count)] as const);
    const details = [['resource', `Patient/${id}`] as const, ...counts];
    const change = { command: 'patient purge', on: 'erasure', patients: [id], details };
    await audited(log, change, () => erasure.of(context, root, { most }));
    remark(`The record of Patient/${id} is erased. Backups have it until they are gone themselves.`);
  });
}

const describe = ({ counts, superseded, jobs, shared, referrers }: Erased): readonly string[] => [
  ...[...counts].map(([type, count]) => `${type}: ${count}`),
  ...(superseded > 0 ? [`Old versions of resources that stay: ${superseded}`] : []),
  ...(jobs > 0 ? [`Exports, imports and results of calls: ${jobs}`] : []),
  ...shared.map((key) => `Stays, since others need it as well: ${key}`),
  ...referrers.map((key) => `Stays, and refers to what goes: ${key}`),
];
