import { AccessPolicyEntity, AccessPolicyStateEntity } from './access-policy.entity.js';
import { AccessShapeEntity } from './access-shape.entity.js';
import {
  AuditRecordEntity,
  AuditSealEntity,
  AuditHeadEntity,
  AuditChainEntity,
  AuditDeliveryEntity,
} from './audit.entity.js';
import { BinaryContentEntity, BinaryVersionEntity, BinaryUploadEntity } from './binary.entity.js';
import { ConsentRuleEntity, ConsentReadingEntity } from '../consent/consent.entity.js';
import { TerminologyClosureConceptEntity, TerminologyClosureEntity } from './closure.entity.js';
import { TerminologyConceptEntity, TerminologyLoadEntity, TerminologyPostingEntity } from './concept.entity.js';
import { IdempotencyKeyEntity } from './idempotency-key.entity.js';
import { IndexFormEntity, OtherFormRowsEntity } from './index-form.entity.js';
import { IndexJobEntity } from './index-job.entity.js';
import { JobChunkEntity, JobEntity, JobFailureEntity, JobFileEntity } from './job.entity.js';
import { OutboxEventEntity } from './outbox-event.entity.js';
import { PackageDefinitionEntity, PackageEntity, PackageStateEntity } from './package.entity.js';
import { SearchDefinitionEntity, CustomParameterEntity, ExtensionParameterEntity } from './search-definition.entity.js';
import { SuppressionRuleEntity } from './suppression-rule.entity.js';
import { StoredResource, StoredResourceVersion } from './stored-resource.entity.js';

/** For the `entities` of the DataSource. */
export const fhirEntities = [
  AccessPolicyEntity,
  AccessPolicyStateEntity,
  AccessShapeEntity,
  AuditRecordEntity,
  AuditSealEntity,
  AuditHeadEntity,
  AuditChainEntity,
  AuditDeliveryEntity,
  BinaryContentEntity,
  BinaryVersionEntity,
  BinaryUploadEntity,
  ConsentRuleEntity,
  ConsentReadingEntity,
  IdempotencyKeyEntity,
  IndexFormEntity,
  OtherFormRowsEntity,
  IndexJobEntity,
  JobEntity,
  JobChunkEntity,
  JobFailureEntity,
  JobFileEntity,
  OutboxEventEntity,
  PackageEntity,
  PackageDefinitionEntity,
  PackageStateEntity,
  SearchDefinitionEntity,
  CustomParameterEntity,
  ExtensionParameterEntity,
  SuppressionRuleEntity,
  StoredResource,
  StoredResourceVersion,
  TerminologyClosureEntity,
  TerminologyClosureConceptEntity,
  TerminologyLoadEntity,
  TerminologyConceptEntity,
  TerminologyPostingEntity,
] as const;
