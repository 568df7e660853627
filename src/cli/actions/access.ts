import { operator } from '../../fhir/operations/importing/operator.js';
import { AccessAnswers } from '../../oauth2/clients/admin/access-answers.js';
import { auditedQuestion } from '../../oauth2/clients/admin/access-questions.js';
import type { TokenAsked } from '../../oauth2/clients/admin/foreseen-tokens.js';
import { isId } from '../../r4/rest/interaction.js';
import { changeServer } from '../audited.js';
import { wrongUsage } from '../command-failed.js';
import { print, printJson, printTable, remark } from '../terminal.js';

export interface AccessOptions {
  readonly client?: string;
  readonly scope?: string;
  /** Id of the Patient whose record is asked about. */
  readonly patient?: string;
  readonly json?: true;
}

type RecordAnswer = Awaited<ReturnType<AccessAnswers['record']>>;

export const userAccess = (user: string, { client, scope, ...options }: AccessOptions): Promise<void> =>
  tell(
    'user access',
    { user, ...(client !== undefined && { client }), ...(scope !== undefined && { scope }) },
    options,
  );

export const clientAccess = (client: string, { scope, ...options }: AccessOptions): Promise<void> =>
  tell('client access', { client, ...(scope !== undefined && { scope }) }, options);

/** Written down in the audit trail as a question over HTTP is; a record is counted among all that is stored (docs/adr/0140). */
async function tell(command: string, asked: TokenAsked, { patient, json }: AccessOptions): Promise<void> {
  if (patient !== undefined && !isId(patient)) throw wrongUsage(`"${patient}" is no id of a Patient.`);
  const { name: on, details } = auditedQuestion(asked);
  const patients = patient === undefined ? {} : { patients: [patient] };
  await changeServer({ command, on, details, event: 'access-question', ...patients }, async (server) => {
    const answers = server.get(AccessAnswers);
    if (patient === undefined) {
      if (json) printJson(await answers.matrix(asked));
      else print((await answers.text(asked)).trimEnd());
      return;
    }
    const found = await answers.record(operator, asked, patient);
    if (json) printJson(found);
    else tellRecord(found);
  });
}

function tellRecord({ patient, clearance, consent, types, untold, notLookedAt, leftOut }: RecordAnswer): void {
  if (types.length === 0) remark(`Nothing of the record of ${patient} is stored.`);
  else
    printTable(
      ['TYPE', 'SHOWN', 'STORED', 'WHY'],
      types.map(({ type, shown, yours, words }) => [
        type,
        String(shown),
        String(yours),
        words.replace(/^[^.]*\. ?/, ''),
      ]),
    );
  print('', `Clearance ${clearance}; Consents: ${consent}`);
  for (const { scope, why } of leftOut) remark(`Not granted: ${scope}: ${why}`);
  if (untold.length > 0) remark(`Not told: ${untold.join(', ')}`);
  if (notLookedAt.length > 0) remark(`Not looked at, since the record is too long: ${notLookedAt.join(', ')}`);
}
