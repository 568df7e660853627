import type { JsonObject } from '../../src/r4/json/json.js';

const coding = (system: string, code: string): JsonObject => ({ coding: [{ system, code }] });

/** An active Consent about privacy: by default it denies everything to everybody. */
export const aConsent = (patient: string, provision: JsonObject = {}, changes: JsonObject = {}): JsonObject => ({
  resourceType: 'Consent',
  status: 'active',
  scope: coding('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
  category: [coding('http://loinc.org', '59284-0')],
  patient: { reference: patient },
  policyRule: coding('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTIN'),
  provision: { type: 'deny', ...provision },
  ...changes,
});

export const anActor = (reference: string | JsonObject, code = 'IRCP'): JsonObject => ({
  role: coding('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code),
  reference: typeof reference === 'string' ? { reference } : reference,
});

export const anAction = (code: string): JsonObject =>
  coding('http://terminology.hl7.org/CodeSystem/consentaction', code);

export const ofClass = (code: string): JsonObject => ({ system: 'http://hl7.org/fhir/resource-types', code });

export const aLabel = (
  code: string,
  system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
): JsonObject => ({
  system,
  code,
});

export const labelled = (...security: readonly JsonObject[]): JsonObject => ({ meta: { security: [...security] } });
