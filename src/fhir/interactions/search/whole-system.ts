import { resourceTypes } from '../../../r4/model/resource-types.js';

/** The types of a search or history that names none. Each request makes an AuditEvent, so these come only for who names them. */
export const wholeSystem: readonly string[] = [...resourceTypes].toSorted().filter((type) => type !== 'AuditEvent');
