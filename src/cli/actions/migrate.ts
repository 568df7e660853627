import { withDatabase } from '../../app.offline.js';
import { migrateDirectly } from '../../database/bring-schema.js';
import { type PlannedEffect, type PlannedMigration, planMigrations } from '../../database/plan-migrations.js';
import { sizeOf } from '../../doctor/database.js';
import { exitCodes } from '../exit-codes.js';
import { readSettings } from '../open-server.js';
import { print, printJson, remark } from '../terminal.js';

export interface MigrateOptions {
  readonly plan?: true;
  readonly json?: true;
}

export async function migrateDatabase({ plan, json }: MigrateOptions): Promise<void> {
  const settings = readSettings();
  await withDatabase(settings, remark, async (dataSource) => {
    if (plan) return showPlan(await planMigrations(dataSource), json);
    const applied = await migrateDirectly(dataSource, settings.schema.directUrl, json ? remark : print);
    if (json) return printJson({ applied });
    print(applied.length === 0 ? 'The schema is up to date: nothing to do.' : 'The schema is up to date.');
  });
}

function showPlan(planned: readonly PlannedMigration[], json: true | undefined): void {
  if (planned.length > 0) process.exitCode = exitCodes.wouldChange;
  if (json) return printJson({ pending: planned });
  if (planned.length === 0) return print('The schema is up to date: nothing to do.');
  for (const { name, effects } of planned) print(name, ...effects.flatMap(describe));
  print('', ...adviceFor(planned.flatMap(({ effects }) => effects)));
}

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
  return `: nobody writes to ${table} meanwhile, about ${rows} rows, ${sizeOf(bytes)}`;
}

function adviceFor(effects: readonly PlannedEffect[]): readonly string[] {
  const ahead = effects.flatMap((effect) => effect.ahead ?? []);
  const fillsRows = effects.some(({ does, table }) => table === 'resource' && does.startsWith('adds '));
  return [
    ...(ahead.length > 0
      ? [
          'Large tables need not wait: run this before, outside a transaction, while the servers go on.',
          ...ahead.map((line) => `  ${line};`),
          '',
        ]
      : []),
    ...(fillsRows
      ? ['Rows that are there are indexed anew by the servers afterwards, piece by piece, while they go on.']
      : []),
    '"lanyard migrate" does it, each step in a transaction of its own; what is done stays done.',
  ];
}
