import { breakGlassCode } from '../r4/model/purpose-code.js';
import type { JsonObject } from '../r4/json/json.js';
import type { AuditedCaller, AuditRecord } from './audit-record.js';

const dicom = 'http://dicom.nema.org/resources/ontology/DCM';

const roles = {
  user: { system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' },
  client: { system: dicom, code: '110153', display: 'Source Role ID' },
  server: { system: dicom, code: '110152', display: 'Destination Role ID' },
} as const;

/** `altId` tells the parts apart in a way that software can rely on. */
const agent = (part: keyof typeof roles, rest: JsonObject): JsonObject => ({
  type: { coding: [roles[part]] },
  altId: part,
  ...rest,
});

/** The user or machine, the client, the server (BALP: OAUTHaccessTokenUse.Minimal). */
export function agentsOf(
  { caller, address, purpose }: Pick<AuditRecord, 'caller' | 'address' | 'purpose'>,
  base: string,
): readonly JsonObject[] {
  const network = address === undefined ? {} : { network: { address, type: '2' } };
  const server = agent('server', { who: { display: 'Lanyard', identifier: { value: base } }, requestor: false });
  if (!caller) return [agent('client', { requestor: true, ...network }), server];
  const { clientId, issuer } = caller;
  const client = clientId === undefined ? {} : { who: { identifier: identifier(issuer, clientId) } };
  return [
    agent('user', userOf(caller, purpose?.code === breakGlassCode)),
    agent('client', { ...client, requestor: false, ...network }),
    server,
  ];
}

function userOf({ issuer, subject, fhirUser, tokenId, exempt }: AuditedCaller, hasBroken: boolean): JsonObject {
  // The id of the token, never the token.
  const token = tokenId === undefined ? [] : [`urn:jti:${encodeURIComponent(tokenId)}`];
  const policy = [
    ...token,
    ...(exempt === undefined ? [] : [`urn:lanyard:exempt:${exempt}`]),
    // R4 has no search by purposeOfEvent.
    ...(hasBroken ? [`urn:lanyard:purpose:${breakGlassCode}`] : []),
  ];
  return {
    who: {
      ...(fhirUser !== undefined && { reference: fhirUser }),
      identifier: identifier(issuer, subject),
    },
    name: subject,
    requestor: true,
    ...(policy.length > 0 && { policy }),
  };
}

const identifier = (issuer: string | undefined, value: string): JsonObject => ({
  ...(issuer !== undefined && { system: issuer }),
  value,
});
