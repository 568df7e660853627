import { LargeDocuments } from '../../src/fhir/storage/indexing/large-documents.js';

/** Works in place, for tests that make their parts themselves. */
export const largeDocuments = (): LargeDocuments =>
  new LargeDocuments(new URL('../../src/fhir/storage/indexing/large-document.worker.ts', import.meta.url));
