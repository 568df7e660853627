import { type AuditedObject, type AuditRecord, newRecord } from '../audit/audit-record.js';
import { AuditLog } from '../fhir/storage/audit/audit-log.js';
import { describeError } from '../observability/describe-error.js';
import { commandLine } from './command-line-user.js';
import { CommandFailed } from './command-failed.js';
import { type OpenServer, withServer } from './open-server.js';

/** Change by a command: its words without options, which may hold secrets, and its object. */
export interface CommandChange extends Partial<Pick<AuditRecord, 'patients' | 'event'>> {
  /** Such as `user set`. */
  readonly command: string;
  /** Such as `user jane`. */
  readonly on: string;
  readonly details?: AuditedObject['details'];
}

/** {@link withServer} for commands that change something: who did what is written down, also when it failed. */
export const changeServer = <T>(change: CommandChange, work: (server: OpenServer) => Promise<T>): Promise<T> =>
  withServer((server) => audited(auditLogOf(server), change, () => work(server)));

/** Audit log of a server; undefined where nothing is audited. */
export const auditLogOf = (server: OpenServer): AuditLog | undefined =>
  server.config.audit.isOn ? server.get(AuditLog) : undefined;

export async function audited<T>(log: AuditLog | undefined, change: CommandChange, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // The error is shown anyway; that the audit failed besides is of no use.
    await log?.record(recordOf(change, error)).catch(() => undefined);
    throw error;
  }
  await log?.record(recordOf(change)).catch((error: unknown) => {
    throw new CommandFailed([`It is done, but could not be written down in the audit log: ${String(error)}`]);
  });
  return result;
}

function recordOf(change: CommandChange, error?: unknown): AuditRecord {
  const { command, on, details = [], event = 'administration', patients } = change;
  const failure = error === undefined ? [] : [['failure', describeError(error).split('\n', 1)[0]!] as const];
  return newRecord({
    event,
    outcome: error === undefined ? '0' : '8',
    caller: { subject: commandLine() },
    ...(patients && { patients }),
    object: { name: on, details: [['command', `lanyard ${command}`], ...details, ...failure] },
  });
}
