import { withDatabase } from '../../app/start/offline.js';
import type { AppConfig } from '../../config/app-config.js';
import type { Setup } from '../../app/extensions/read-setup.js';
import { SearchOffer } from '../../r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { IndexForm } from '../../fhir/storage/indexing/forms/index-form.js';
import { type PlannedIndexing, planIndexing } from '../../fhir/storage/indexing/forms/plan-index.js';
import {
  type PlannedEffect,
  type PlannedMigration,
  planMigrations,
} from '../../database/migrations/plan-migrations.js';
import { ownersConnection } from '../../database/database-connection.js';
import { sizeOf } from '../../doctor/checks/database.js';
import { en } from '../../doctor/words/en.js';
import { textOf } from '../../doctor/words/say.js';
import { exitCodes } from '../exit-codes.js';
import { openSetup } from '../open-server.js';
import { indexStored } from './index-stored.js';
import { distributeAudited, migrateAudited } from './migrate-audited.js';
import { print, printJson, remark } from '../terminal.js';

export interface MigrateOptions {
  readonly plan?: true;
  readonly distribute?: true;
  readonly json?: true;
}

export async function migrateDatabase({ plan, distribute, json }: MigrateOptions): Promise<void> {
  const setup = await openSetup();
  const { config: settings, extensions } = setup;
  const offer = new SearchOffer(new SearchParameters());
  offer.add(...extensions.flatMap(({ features }) => features.flatMap(({ searchParameters = [] }) => searchParameters)));
  const form = new IndexForm(offer, settings);
  const mustIndex = await withDatabase(
    setup,
    remark,
    async (dataSource) => {
      if (plan) {
        showPlan(await planMigrations(dataSource), await planIndexing(dataSource, form), json);
        return false;
      }
      const applied = await migrateAudited(
        dataSource,
        distribute ? withoutViews(settings) : settings,
        json ? remark : print,
      );
      const placed = distribute ? await distributeAudited(dataSource, settings, json ? remark : print) : undefined;
      if (json) printJson({ applied, ...(placed && { placed }) });
      else print(applied.length === 0 ? 'The schema is up to date: nothing to do.' : 'The schema is up to date.');
      return (await planIndexing(dataSource, form)) !== undefined;
    },
    ownersConnection(settings),
  );
  if (mustIndex) await index(setup);
}

/** Servers that start before tables are distributed would stay with views that are gone by then: their role gets rights on tables instead. */
const withoutViews = ({ audit, schema }: AppConfig): Parameters<typeof migrateAudited>[1] => ({
  audit,
  schema: { ...schema, owner: schema.owner && { ...schema.owner, server: undefined } },
});

/** Before the servers are replaced, so that theirs find all but the last of it done. */
async function index(setup: Setup): Promise<void> {
  const isComplete = await indexStored(setup);
  remark(
    isComplete
      ? 'What is stored is indexed.'
      : 'What is stored is indexed, but for what servers of another release go on writing: the servers of this one do the rest.',
  );
}

function showPlan(
  planned: readonly PlannedMigration[],
  indexing: PlannedIndexing | undefined,
  json: true | undefined,
): void {
  if (planned.length > 0 || indexing) process.exitCode = exitCodes.wouldChange;
  if (json) return printJson({ pending: planned, ...(indexing && { indexing }) });
  for (const { name, effects } of planned) print(name, ...effects.flatMap(describe));
  if (planned.length > 0) print('', ...adviceFor(planned.flatMap(({ effects }) => effects)));
  else print('The schema is up to date: nothing to do.');
  if (indexing) print('', ...describeIndexing(indexing));
}

const describeIndexing = ({ versions, progress }: PlannedIndexing): readonly string[] => [
  progress === undefined
    ? `What is stored is to be indexed in the form of this release: about ${versions} versions.`
    : `What is stored is being indexed in the form of this release: ${progress} %.`,
  'Reads and writes go on meanwhile; searches that need it are 503. "lanyard migrate" does it before the servers are replaced.',
];

function describe(effect: PlannedEffect): readonly string[] {
  const { does, breaks } = effect;
  return [
    `  ${does}${lockOf(effect)}`,
    ...(breaks === undefined ? [] : [`    ! Servers of the release before may fail: ${breaks}.`]),
  ];
}

function lockOf({ lock, table, rows = 0, bytes = 0 }: PlannedEffect): string {
  if (lock === 'none' || table === undefined) return '';
  if (lock === 'brief') return `: ${table} is locked for a moment`;
  return `: nobody writes to ${table} meanwhile, about ${rows} rows, ${textOf(sizeOf(bytes), en)}`;
}

function adviceFor(effects: readonly PlannedEffect[]): readonly string[] {
  const ahead = effects.flatMap((effect) => effect.ahead ?? []);
  return [
    ...(ahead.length > 0
      ? [
          'Large tables need not wait: run this before, outside a transaction, while the servers go on.',
          ...ahead.map((line) => `  ${line};`),
          '',
        ]
      : []),
    '"lanyard migrate" does it, each step in a transaction of its own; what is done stays done.',
  ];
}
