import { wholeRowsOf } from '../../src/fhir/storage/partitions.js';
import { tenant } from '../../src/fhir/storage/session/tenant-parameter.js';

/** AuditEvents of the tenant `default` as they are read, whatever form their rows have; for a FROM. */
export const eventsOfDefault = `${wholeRowsOf('AuditEvent').replaceAll(tenant, '1')} AS r`;
