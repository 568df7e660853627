import { basename } from 'node:path';
import type { Setup } from '../../app/extensions/read-setup.js';
import { withApp } from '../../app/start/offline.js';
import { withoutValidation } from '../../config/without-validation.js';
import { AccessRules } from '../../scope/access-rules.js';
import { RequestContext } from '../../scope/request-context.js';
import {
  type ImportCircumstances,
  Importer,
  type ImportFailure,
  type ImportResult,
} from '../../fhir/operations/importing/importer.js';
import { SourceFailed } from '../../fhir/operations/importing/fetch-source.js';
import { inGroups, type ReadItems } from '../../fhir/operations/importing/import-groups.js';
import { storeGroups } from '../../fhir/operations/importing/store-groups.js';
import { operator } from '../../fhir/operations/importing/operator.js';
import { audited, auditLogOf } from '../audited.js';
import { wrongUsage } from '../command-failed.js';
import { counted } from '../counted.js';
import { openSetup } from '../open-server.js';
import { print, remark } from '../terminal.js';
import { findFiles } from '../transfer/find-files.js';
import type { FoundFile } from '../transfer/found-file.js';
import { ImportFailures } from '../transfer/import-failures.js';
import { type ProgressBar, progressBar } from '../transfer/progress-bar.js';
import { KeptIds } from '../transfer/kept-ids.js';
import { PutOff } from '../transfer/put-off.js';
import { resourcesOf } from '../transfer/read-resources.js';

export interface ImportOptions {
  readonly errors?: string;
  readonly batch: string;
  readonly validate?: string;
  readonly conditional?: boolean;
  readonly dryRun?: boolean;
}

export async function importFiles(place: string, options: ImportOptions): Promise<void> {
  const { errors, batch, validate } = options;
  const most = Number(batch);
  if (validate !== undefined && !['strict', 'structure', 'none'].includes(validate))
    throw wrongUsage(`--validate is strict, structure or none, and not "${validate}".`);
  if (!Number.isInteger(most) || most < 1 || most > 20_000) throw wrongUsage('--batch is a number from 1 to 20000.');
  const found = await findFiles(place);
  const failures = await ImportFailures.in(errors);
  try {
    await importAll(
      found.filter(({ path }) => !failures.isAt(path)),
      { ...options, most, failures },
    );
  } finally {
    await failures.close();
  }
  failures.throwIfAny();
}

async function importAll(
  files: readonly FoundFile[],
  options: ImportOptions & { readonly most: number; readonly failures: ImportFailures },
): Promise<void> {
  const { most, failures, validate, conditional = false, dryRun: isTrial = false } = options;
  const setup = await setupOf(validate);
  await withApp(setup, remark, async (app) => {
    const log = auditLogOf({ config: setup.config, get: (part) => app.get(part) });
    const bar = progressBar(files.reduce((sum, { size }) => sum + size, 0));
    let [created, known] = [0, 0];
    const rules = app.get(AccessRules);
    const context = async () => new RequestContext(await rules.consult(operator), rules);
    const kept = new KeptIds(app, context);
    const putOff = new PutOff(kept.addresses);
    const importing = { importer: app.get(Importer), most, bar, given: { context, isTrial }, putOff, kept };
    const record = async (name: string, work: () => Promise<ImportResult>): Promise<void> => {
      const details: [string, string][] = [['file', name]];
      await audited(log, { command: 'import', on: isTrial ? 'tried file' : 'imported file', details }, async () => {
        const result = await work();
        details.push(['created', String(result.created)], ['failed', String(result.failures.length)]);
        created += result.created;
        known += result.known;
        await failures.add(result.failures);
      });
    };
    try {
      if (conditional) for (const file of files) await noteIds(file, kept);
      for (const file of files) await record(file.path, () => importFile(file, importing));
      if (importing.putOff.rest().length > 0)
        await record('resources that waited for later files', () => importLate(importing));
    } finally {
      bar.stop();
    }
    print(`${counted(created, 'resource')} ${isTrial ? 'would be created' : 'created'}, ${known} there already.`);
  });
}

/** The settings with another level of validation, if one is named. `none` is no value of VALIDATION: no server takes writes with it. */
async function setupOf(validate: string | undefined): Promise<Setup> {
  if (validate !== 'none') return openSetup(validate === undefined ? {} : { VALIDATION: validate });
  const setup = await openSetup();
  return { ...setup, config: withoutValidation(setup.config) };
}

interface Importing {
  readonly importer: Importer;
  readonly most: number;
  readonly bar: ProgressBar;
  readonly given: ImportCircumstances;
  readonly putOff: PutOff;
  readonly kept: KeptIds;
}

/** A file that breaks off is named when it is imported. */
async function noteIds(file: FoundFile, kept: KeptIds): Promise<void> {
  try {
    await kept.note(resourcesOf(file, () => undefined, new Map()));
  } catch (error) {
    if (!(error instanceof SourceFailed)) throw error;
  }
}

async function importFile(file: FoundFile, importing: Importing): Promise<ImportResult> {
  const { path } = file;
  const { bar, putOff, kept } = importing;
  const done = new Counted();
  try {
    await importItems(
      kept.of(resourcesOf(file, (bytes) => bar.add(bytes, basename(path)), putOff.names)),
      importing,
      done,
    );
  } catch (error) {
    if (!(error instanceof SourceFailed)) throw error;
    const diagnostics = `It was not read to its end. ${error.message}`;
    done.failures.push({ place: path, issues: [{ code: 'incomplete', diagnostics }] });
  }
  return done;
}

/** Rounds: what waits may refer to what waits. */
const mostRounds = 20;

/** Stores what waited, again and again while that stores anything. */
async function importLate(importing: Importing): Promise<ImportResult> {
  const done = new Counted();
  for (let rounds = 0; rounds < mostRounds; rounds++) {
    const before = done.created + done.known;
    await importItems([importing.putOff.take()], importing, done);
    if (done.created + done.known === before || importing.putOff.rest().length === 0) break;
  }
  done.failures.push(...importing.putOff.rest());
  return done;
}

class Counted implements ImportResult {
  created = 0;
  known = 0;
  readonly failures: ImportFailure[] = [];
}

async function importItems(
  read: AsyncIterable<ReadItems> | Iterable<ReadItems>,
  { importer, most, given, putOff }: Importing,
  done: Counted,
): Promise<void> {
  for await (const result of storeGroups(importer, putOff.noting(inGroups(read, most)), given)) {
    done.created += result.created;
    done.known += result.known;
    done.failures.push(...putOff.keep(result.failures));
  }
}
