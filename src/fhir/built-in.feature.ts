import { AuditIsReadOnly } from '../scope/policies/audit-is-read-only.js';
import { builtInName } from './extensions/extension-calls.js';
import type { FhirFeature } from './feature.js';
import { resourceTypes } from '../r4/model/resource-types.js';
import { ExportFileOperation } from './operations/exporting/export-file.operation.js';
import { ExportOperation } from './operations/exporting/export.operation.js';
import { BulkSubmitOperation } from './operations/submitting/bulk-submit.operation.js';
import { BulkSubmitStatusOperation } from './operations/submitting/bulk-submit-status.operation.js';
import { ImportOperation } from './operations/importing/import.operation.js';
import { JobStatusOperation } from './operations/job-status.operation.js';
import { DiffOperation } from './operations/data/diff.operation.js';
import { LastnOperation } from './operations/data/lastn.operation.js';
import { ResourceCountsOperation } from './operations/data/resource-counts.operation.js';
import { DocumentOperation } from './operations/documents/document.operation.js';
import { SummaryOperation } from './operations/documents/summary.operation.js';
import { MergeOperation } from './operations/merging/merge.operation.js';
import { ReplaceReferencesOperation } from './operations/merging/replace-references.operation.js';
import { UndoMergeOperation } from './operations/merging/undo-merge.operation.js';
import { MemberMatchOperation } from './operations/matching/member-match.operation.js';
import { MatchOperation } from './operations/matching/match.operation.js';
import { PurgeOperation } from './operations/erasing/purge.operation.js';
import { DocrefOperation } from './operations/docref.operation.js';
import { EverythingOperation } from './operations/everything/everything.operation.js';
import { GraphOperation } from './operations/graph/graph.operation.js';
import { GraphqlOperation } from './operations/graphql/graphql.operation.js';
import { MetaOperation } from './operations/meta/meta.operation.js';
import { MetaAddOperation } from './operations/meta/meta-add.operation.js';
import { MetaDeleteOperation } from './operations/meta/meta-delete.operation.js';
import { MyDisclosuresOperation } from './operations/caller/my-disclosures.operation.js';
import { MyRefusalsOperation } from './operations/caller/my-refusals.operation.js';
import { MyAccessOperation } from './operations/caller/my-access.operation.js';
import { ValidateOperation } from './operations/validate.operation.js';
import { ReindexOperation } from './operations/indexing/reindex.operation.js';
import { ReindexStatusOperation } from './operations/indexing/reindex-status.operation.js';
import { SearchParameterStatusOperation } from './operations/indexing/search-parameter-status.operation.js';
import { SnapshotOperation } from './operations/snapshot.operation.js';
import { ClosureOperation } from './operations/terminology/closure.operation.js';
import { ExpandOperation } from './operations/terminology/expand.operation.js';
import { LookupOperation } from './operations/terminology/lookup.operation.js';
import { SubsumesOperation } from './operations/terminology/subsumes.operation.js';
import { TranslateOperation } from './operations/terminology/translate.operation.js';
import { ValidateCodeOperation } from './operations/terminology/validate-code.operation.js';
import { SearchParameterDefinition } from './hooks/search-parameter-definition.js';
import type { SearchParameter } from '../r4/search/parameters/search-parameter.js';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { hasOwnSyntax } from '../r4/search/query/search-syntax.js';

/** Features of the server itself. */
export const builtIn: FhirFeature = {
  name: builtInName,
  operations: [
    BulkSubmitOperation,
    BulkSubmitStatusOperation,
    ClosureOperation,
    DiffOperation,
    DocrefOperation,
    DocumentOperation,
    EverythingOperation,
    ExpandOperation,
    ExportOperation,
    ExportFileOperation,
    GraphOperation,
    GraphqlOperation,
    ImportOperation,
    JobStatusOperation,
    LastnOperation,
    LookupOperation,
    MatchOperation,
    MemberMatchOperation,
    MergeOperation,
    MetaOperation,
    MetaAddOperation,
    MetaDeleteOperation,
    MyAccessOperation,
    MyDisclosuresOperation,
    MyRefusalsOperation,
    PurgeOperation,
    ReplaceReferencesOperation,
    UndoMergeOperation,
    SnapshotOperation,
    ResourceCountsOperation,
    SubsumesOperation,
    SummaryOperation,
    TranslateOperation,
    ValidateOperation,
    ValidateCodeOperation,
    ReindexOperation,
    ReindexStatusOperation,
    SearchParameterStatusOperation,
  ],
  hooks: [SearchParameterDefinition],
  policies: [AuditIsReadOnly],
  searchParameters: offeredParameters(),
};

/** Returns the parameters with an expression, which are indexed, and those of the others that search knows. */
function offeredParameters(): readonly SearchParameter[] {
  const parameters = new SearchParameters();
  const found = [...resourceTypes].flatMap((type) => [...parameters.forType(type).values()]);
  return [...new Set(found.filter(({ expression, code }) => expression !== undefined || hasOwnSyntax(code)))];
}
