import { Injectable } from '@nestjs/common';
import type { Issue } from '../../r4/errors/fhir-error.js';
import { placeExtension } from '../../r4/errors/text-place.js';
import type { JsonObject } from '../../r4/json/json.js';
import { atOnce } from '../../r4/json/read-json.js';
import { type FoundPlace, findPlaces, type PlacesTask } from '../../r4/places/find-places.js';
import { sentPlaces } from '../../r4/places/sent-text.js';
import { LargeDocuments } from '../storage/indexing/large-documents.js';

/** Tells where in the body as sent issues about a resource are; in large bodies it looks for them in a worker thread. */
@Injectable()
export class SentPlaces {
  constructor(private readonly documents: LargeDocuments) {}

  /** With line and column, unless the resource was not sent (patched, changed by a hook, stored before). */
  async placed(resource: JsonObject, issues: readonly Issue[]): Promise<readonly Issue[]> {
    if (issues.length === 0) return issues;
    const expressions = issues.map(({ expression }) => expression?.[0] ?? '');
    const places = await sentPlaces(resource, expressions, (task) => this.find(task));
    return places
      ? issues.map((issue, i) => (isOfBody(issue) ? { ...placeExtension(places[i]!), ...issue } : issue))
      : issues;
  }

  private async find(task: PlacesTask): Promise<readonly FoundPlace[]> {
    if (task.text.length <= atOnce) return findPlaces(task);
    return (await this.documents.run('places', task)) as readonly FoundPlace[];
  }
}

/** Parameters of the query are named by `where()`. */
const isOfBody = ({ expression }: Issue): boolean => expression?.[0]?.includes('where(') !== true;
