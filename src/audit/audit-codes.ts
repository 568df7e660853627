import type { JsonObject } from '../r4/json/json.js';

const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const restful = 'http://hl7.org/fhir/restful-interaction';

/** IHE Basic Audit Log Patterns: https://profiles.ihe.net/ITI/BALP */
export const balpEntityType = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType';

const coding = (system: string, code: string, display: string): JsonObject => ({ system, code, display });

const rest = coding('http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest', 'RESTful Operation');
const authentication = coding(dicom, '110114', 'User Authentication');
const security = coding(dicom, '110113', 'Security Alert');
const changed = coding(dicom, '110137', 'User Security Attributes Changed');
const overridden = coding(dicom, '110127', 'Emergency Override Started');
const auditLog = coding(dicom, '110101', 'Audit Log Used');

/** Codes for the kind of event (https://hl7.org/fhir/R4/auditevent.html). */
export interface EventCodes {
  readonly type: JsonObject;
  readonly subtype: JsonObject;
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
}

const ofInteraction = (code: string, action: EventCodes['action']): EventCodes => ({
  type: rest,
  subtype: coding(restful, code, code),
  action,
});

const known: Readonly<Record<string, EventCodes>> = {
  read: ofInteraction('read', 'R'),
  vread: ofInteraction('vread', 'R'),
  create: ofInteraction('create', 'C'),
  update: ofInteraction('update', 'U'),
  patch: ofInteraction('patch', 'U'),
  delete: ofInteraction('delete', 'D'),
  'history-instance': ofInteraction('history-instance', 'R'),
  'history-type': ofInteraction('history-type', 'R'),
  'history-system': ofInteraction('history-system', 'R'),
  'search-type': ofInteraction('search-type', 'E'),
  'search-compartment': ofInteraction('search-type', 'E'),
  'search-system': ofInteraction('search-system', 'E'),
  capabilities: ofInteraction('capabilities', 'R'),
  transaction: ofInteraction('transaction', 'E'),
  batch: ofInteraction('batch', 'E'),
  bundle: ofInteraction('batch', 'E'),
  login: { type: authentication, subtype: coding(dicom, '110122', 'Login'), action: 'E' },
  logout: { type: authentication, subtype: coding(dicom, '110123', 'Logout'), action: 'E' },
  token: { type: authentication, subtype: coding(dicom, '110122', 'Login'), action: 'E' },
  authorization: { type: authentication, subtype: coding(dicom, '110122', 'Login'), action: 'E' },
  consent: { type: security, subtype: changed, action: 'C' },
  launch: { type: security, subtype: changed, action: 'C' },
  administration: { type: security, subtype: changed, action: 'U' },
  'break-glass': { type: security, subtype: overridden, action: 'E' },
  $purge: ofInteraction('operation', 'D'),
  retention: { type: auditLog, subtype: coding(dicom, '110101', 'Audit Log Used'), action: 'D' },
};

/** `$name` is an operation; what has no better word is one too. */
export const codesOf = (event: string): EventCodes => known[event] ?? ofInteraction('operation', 'E');
