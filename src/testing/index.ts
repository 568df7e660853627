/**
 * Tests of extensions: the whole server, an issuer that signs any token, callers, resources, refusals.
 *
 * @packageDocumentation
 */
export { type Answer, expectRefusal, refusalsOf, resourcesOf } from './answer.js';
export { accessDecisionContract, type AccessDecisionUnderTest } from './contracts/access-decision.contract.js';
export { auditSinkContract, type AuditSinkUnderTest } from './contracts/audit-sink.contract.js';
export { binaryStoreContract, type BinaryStoreUnderTest } from './contracts/binary-store.contract.js';
export { clockContract } from './contracts/clock.contract.js';
export type { ContractTools } from './contracts/contract-tools.js';
export { idGeneratorContract } from './contracts/id-generator.contract.js';
export { profileValidatorContract, type ProfileValidatorUnderTest } from './contracts/profile-validator.contract.js';
export { smartContextContract, type SmartContextUnderTest } from './contracts/smart-context.contract.js';
export { terminologyContract, type TerminologyUnderTest } from './contracts/terminology.contract.js';
export { tokenVerifierContract, type TokenVerifierUnderTest } from './contracts/token-verifier.contract.js';
export { type IssuerKey, newKey, signed, TestIssuer } from './issuer.js';
export type { World } from './hidden-rows.js';
export { expectNonInterference, type NonInterference } from './non-interference.js';
export { copyDatabase, sharedPostgres, type TestDatabase, type TestPostgres } from './postgres.js';
export {
  aBundle,
  aCondition,
  anEncounter,
  anObservation,
  anOrganization,
  aPatient,
  aPractitioner,
  type BuiltResource,
  putting,
  type Resource,
} from './resources.js';
export { recordOf, type SampleRecord, sampleRecord, sampleRecords } from './sample-records.js';
export {
  type Claims,
  type RequestOptions,
  startTestServer,
  type TestServer,
  type TestServerOptions,
  type TestUser,
} from './server.js';
export { type CallOptions, type SearchQuery, TestClient } from './test-client.js';
