import { SuppressionRules } from '../../fhir/storage/suppressions/suppression-rules.js';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { isOver } from '../../r4/validation/suppression/suppression-rule.js';
import { changeServer } from '../audited.js';
import { CommandFailed } from '../command-failed.js';
import { commandLine } from '../command-line-user.js';
import { withServer } from '../open-server.js';
import { print, printJson, printTable } from '../terminal.js';

export interface SuppressOptions {
  readonly code: string;
  readonly reason: string;
  readonly until: string;
  readonly profile?: string;
  readonly type?: string;
  readonly path?: string;
}

export async function list({ json }: { readonly json?: true }): Promise<void> {
  await withServer(async (server) => {
    const rules = await server.get(SuppressionRules).list();
    if (json) return printJson({ rules });
    printTable(
      ['RULE', 'FINDING', 'WHERE', 'UNTIL', 'BY', 'WHY'],
      rules.map((rule) => [
        rule.name,
        rule.code,
        [rule.path ?? rule.type, rule.profile].filter((one) => one !== undefined).join(' '),
        isOver(rule) ? `${rule.until} (over)` : rule.until,
        rule.changedBy,
        rule.reason,
      ]),
    );
  });
}

export async function suppress(name: string, options: SuppressOptions): Promise<void> {
  const { code, reason, until } = options;
  const details = Object.entries(options).map(([key, value]) => [key, String(value)] as const);
  const change = { command: 'validation suppress', on: `suppression rule ${name}`, details };
  await changeServer(change, async (server) => {
    try {
      await server.get(SuppressionRules).put({ name, ...options }, commandLine());
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      throw new CommandFailed(error.issues.map(({ diagnostics }) => diagnostics ?? ''));
    }
  });
  print(`${code} is suppressed until ${until}: ${reason}`);
}

export async function remove(name: string): Promise<void> {
  await changeServer({ command: 'validation remove', on: `suppression rule ${name}` }, async (server) => {
    if (await server.get(SuppressionRules).remove(name)) return;
    throw new CommandFailed([`There is no suppression rule "${name}". "lanyard validation list" shows all.`]);
  });
  print(`The rule ${name} is removed.`);
}
