import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withApp } from '../../app/start/offline.js';
import { operator } from '../../fhir/operations/importing/operator.js';
import { isId } from '../../r4/rest/interaction.js';
import { AccessRules } from '../../scope/access-rules.js';
import { RequestContext } from '../../scope/request-context.js';
import { audited, auditLogOf } from '../audited.js';
import { wrongUsage } from '../command-failed.js';
import { counted } from '../counted.js';
import { openSetup } from '../open-server.js';
import { print, remark } from '../terminal.js';
import { emptyFolder } from '../transfer/empty-folder.js';
import { type ExportedRow, RecordDocument } from '../transfer/record-document.js';
import { PatientRecord } from '../transfer/patient-record.js';

/** Writes the record of a Patient into a folder: resources, old versions, a document, and who saw it. */
export async function exportPatient(id: string, folder: string): Promise<void> {
  if (!isId(id)) throw wrongUsage(`"${id}" is no id of a Patient.`);
  const setup = await openSetup();
  await withApp(setup, remark, async (app) => {
    const rules = app.get(AccessRules);
    await rules.refresh();
    const contextOf = async (principal: typeof operator) => new RequestContext(await rules.consult(principal), rules);
    const record = new PatientRecord(app, await contextOf(operator), id);
    await record.requireThere();
    await emptyFolder(folder);
    const log = auditLogOf({ config: setup.config, get: (part) => app.get(part) });
    const change = {
      command: 'patient export',
      on: 'exported record',
      patients: [id],
      details: [['folder', folder] as const],
    };
    await audited(log, change, async () => {
      const document = new RecordDocument(setup.config.fhirBase, id);
      for await (const { rows, remarks } of record.pages()) {
        await writeRows(folder, rows);
        document.add(rows);
        await writeVersions(folder, record, rows);
        if (remarks.length > 0) remark(...remarks);
      }
      await document.write(folder);
      const disclosures = await record.disclosures(contextOf);
      await writeFile(join(folder, 'disclosures.csv'), disclosures);
      print(`${counted(document.size, 'resource')} of the record of Patient/${id} written to ${folder}.`);
    });
  });
}

async function writeRows(folder: string, rows: readonly ExportedRow[]): Promise<void> {
  const byType = new Map<string, string>();
  for (const { type, text } of rows) byType.set(type, `${byType.get(type) ?? ''}${text}\n`);
  for (const [type, lines] of byType) await appendFile(join(folder, `${type}.ndjson`), lines);
}

/** Versions before the current ones, as the entries of histories have them. */
async function writeVersions(folder: string, record: PatientRecord, rows: readonly ExportedRow[]): Promise<void> {
  for (const row of rows)
    for await (const lines of record.earlierVersions(row)) await appendFile(join(folder, 'history.ndjson'), lines);
}
