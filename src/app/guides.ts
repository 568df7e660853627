import type { DynamicModule } from '@nestjs/common';
import type { AppConfig } from '../config/app-config.js';
import { builtInName } from '../fhir/extensions/extension-calls.js';
import { FhirModule } from '../fhir/fhir.module.js';
import { guideParameters } from '../fhir/guides/guide-parameters.js';
import { readGuides } from '../fhir/guides/read-guides.js';

/** Adds the guides of the setting IMPLEMENTATION_GUIDES and their search parameters; throws `StartRefused` when a package is missing or damaged. */
export async function guideFeature({ guides: { names, folder } }: AppConfig): Promise<DynamicModule> {
  const guides = await readGuides(names, folder);
  return FhirModule.forFeature({ name: builtInName, guides, searchParameters: guideParameters(guides).added });
}
