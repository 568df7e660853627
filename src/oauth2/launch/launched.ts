import type { AuditRecord } from '../../audit/audit-record.js';
import type { LaunchContext } from './launch-context.js';

/** What the audit is told of a launch that was prepared; never its value, which opens it. */
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
