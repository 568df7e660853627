/**
 * The FHIR R4 API as a module, and the door for what extends it: `FhirModule.forFeature`.
 *
 * @packageDocumentation
 */
export type {
  AfterCommit,
  AfterRead,
  AfterWrite,
  BeforeSearch,
  BeforeWrite,
  Claims,
  Hook,
  OnOperation,
} from './extensions/hook.js';
export { type FhirSchema, fhirSchema } from './storage/fhir-schema.js';
export type { Records, RecordsPage, RecordsQuery, WrittenRecord } from './extensions/records.js';
export type { FhirFeature } from './feature.js';
export type { FeatureModule } from './feature-module.js';
export { FhirModule, type FhirModuleAsyncOptions } from './fhir.module.js';
export type { ClientKey } from '../config/secrets/client-key.js';
export type { TerminologyServerSettings } from '../config/foreign/terminology-server.js';
export { FHIR_OPTIONS, type FhirOptions, type JobOptions } from './fhir-options.js';
export { PROFILE_VALIDATOR, type ProfileFinding, type ProfileValidator } from './hooks/profile-validator.js';
export { TERMINOLOGY, type TerminologyProvider } from './interactions/terminology/terminology-provider.js';
export { AUDIT_SINK, type AuditSink, type SunkEvent } from './storage/audit/delivery/audit-sink.js';
export { BINARY_STORE, type BinaryStore, type ByteRange } from './storage/binary/binary-store.js';
export { CLOCK, type Clock } from './storage/writing/clock.js';
export { ID_GENERATOR, type IdGenerator } from './storage/writing/id-generator.js';
export {
  JsonAnswer,
  type Operation,
  OperationAnswer,
  type OperationCall,
  type OperationDeclaration,
  BytesAnswer,
  TextAnswer,
} from './operations/operation.js';
export type { AnyValue, DeclaredParameter, ValuesOf } from './operations/parameters/declared-parameter.js';
export type { DeclaredAccess, DeclaredNeed, DeclaredRight } from '../scope/decision.js';
export { type ExtensionSettings, extensionSettings, type SettingsOf } from '../config/extension-settings.js';
export { setting, type SettingText } from '../config/settings/setting.js';
export type { ExtensionMigration, MigrationDatabase } from '../database/migrations/extension-migration.js';
export { tablePrefix } from '../database/migrations/table-prefix.js';
export { currentTenant } from '../database/tenant.js';
export type { HealthIndicator } from '../observability/health-indicators.js';
export type { CommandHost, CommandServer, ExtensionCommand } from './extension-command.js';
