import type { AuditRecord } from '../../audit/audit-record.js';
import type { LaunchContext } from './launch-context.js';

/** Audit record of a prepared launch; never its value, which opens it. */
export const launched = (
  client: string,
  user: string,
  { patient }: LaunchContext,
): Required<Pick<AuditRecord, 'object'>> & Pick<AuditRecord, 'patients'> => ({
  ...(patient !== undefined && { patients: [patient] }),
  object: {
    name: `launch of ${client}`,
    details: [
      ['client', client],
      ['user', user],
    ],
  },
});
