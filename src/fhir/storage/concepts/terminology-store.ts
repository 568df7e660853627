import { createHash, randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../../../r4/json/json.js';
import { loadedId, loadedPackage } from '../packages/loaded-package.js';
import { PackageStore } from '../packages/package-store.js';
import { SqlSession } from '../session/sql-session.js';
import { type ConceptSource, type LoadedConcepts, loadConcepts } from './concept-load.js';
import { deleteLoad, findLoad, type LoadedSystem, putLoad, readLoads, sweepConcepts } from './load-rows.js';
import { StatementsInOrder } from './statements-in-order.js';

/** A release of a code system, as something reads it. */
export interface Release extends ConceptSource {
  /** Such as `rf2`. */
  readonly format: string;
  /** The CodeSystem without its concepts, with url, content and, if it has one, version. */
  readonly head: JsonObject;
  /** Properties of its concepts, where the head does not declare them; asked for after the concepts. */
  properties?(): readonly JsonObject[];
  /** Phrases that `told` of its concepts names by a character each; asked for after the concepts. */
  phrases?(): readonly string[];
}

export interface LoadReleaseOptions {
  /** Who loads it, for the list. */
  readonly by: string;
  readonly progress?: ((stored: number, of: number) => void) | undefined;
}

/** A release that was loaded. */
export interface Loaded extends LoadedConcepts {
  readonly url: string;
  readonly version: string;
}

/** How long requests that have found the version before may still ask for its concepts, in ms. */
const grace = 5000;

/**
 * Code systems whose concepts lie in tables of their own (docs/adr/0082). A load is one transaction: until it ends, the version before
 * answers, and what fails leaves nothing.
 */
@Injectable()
export class TerminologyStore {
  constructor(
    private readonly session: SqlSession,
    private readonly packages: PackageStore,
  ) {}

  async load(release: Release, { by, progress }: LoadReleaseOptions): Promise<Loaded> {
    const { head, format } = release;
    const [url, version] = [textIn(head, 'url'), textIn(head, 'version')];
    const id = idOfLoaded(url, version);
    const load = randomInt(1, 2 ** 31 - 1);
    const content = textIn(head, 'content');
    const { isReplaced, ...loaded } = await this.packages.changeAfter(
      async (session) => {
        const inOrder = new StatementsInOrder(session);
        try {
          return await loadConcepts(inOrder, release, { load, foldsCase: head['caseSensitive'] === false, progress });
        } finally {
          await inOrder.settled();
        }
      },
      async (tx, done, session) => {
        const declared = release.properties?.() ?? [];
        const whole = declared.length === 0 ? head : { ...head, property: [...declared] };
        const resource = resourceOf(whole, { id, format, count: done.concepts });
        const digest = createHash('sha256').update(`${load}`).digest('hex');
        await tx.replace(
          { name: loadedPackage, version: id },
          { type: 'CodeSystem', id, url, version, digest, resource },
        );
        const { concepts } = done;
        const phrases = release.phrases?.() ?? [];
        const before = await findLoad(session, id);
        await putLoad(session, { load, id, url, version, format, content, concepts, phrases, loadedBy: by });
        return { ...done, isReplaced: before !== undefined };
      },
    );
    await this.analyse();
    if (isReplaced) await delay(grace);
    await this.sweep();
    return { ...loaded, url, version };
  }

  list(): Promise<readonly LoadedSystem[]> {
    return readLoads(this.session);
  }

  async remove({ id }: LoadedSystem): Promise<void> {
    await this.packages.changeAfter(
      () => Promise.resolve(),
      async (tx, _nothing, session) => {
        await tx.remove({ name: loadedPackage, version: id });
        await deleteLoad(session, id);
      },
    );
    await this.sweep();
  }

  /** Statements name the number of the load, which statistics do not know before this (docs/adr/0085). Only columns of indexes: arrays take longer than all of them. */
  private async analyse(): Promise<void> {
    const concepts = 'terminology_concept (tenant, load, concept, code)';
    const text = `ANALYZE ${concepts}, terminology_posting (tenant, load, kind, key, chunk), package_definition`;
    await this.session.unlimited.count({ text, values: [] });
  }

  private async sweep(): Promise<void> {
    await sweepConcepts(this.session.unlimited);
  }
}

const textIn = (head: JsonObject, name: string): string => {
  const value = head[name];
  return typeof value === 'string' ? value : '';
};

/** Of one version of a code system always the same. */
const idOfLoaded = (url: string, version: string): string =>
  loadedId(createHash('sha256').update(`${url}|${version}`).digest('hex').slice(0, 32));

/** The concepts are not in the resource, whatever the release has: https://hl7.org/fhir/R4/codesystem-definitions.html#CodeSystem.content */
const resourceOf = (
  head: JsonObject,
  { id, format, count }: { readonly id: string; readonly format: string; readonly count: number },
): JsonObject => ({
  ...head,
  resourceType: 'CodeSystem',
  id,
  meta: { source: `terminology:${format}` },
  content: head['content'] === 'supplement' ? 'supplement' : 'not-present',
  count,
});
