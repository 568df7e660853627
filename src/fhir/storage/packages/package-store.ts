import { Injectable } from '@nestjs/common';
import { ownWork } from '../../../database/caller-shares.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { PackageName } from '../../../r4/packages/package-manifest.js';
import type { Principal } from '../../../auth/principal.js';
import { AccessRules } from '../../../scope/access-rules.js';
import { RequestContext } from '../../../scope/request-context.js';
import { packageProblem, type PackageProblem } from '../../../r4/packages/package-problem.js';
import { IndexWorker } from '../indexing/index-worker.js';
import { type NotOffered } from '../indexing/register-parameters.js';
import { SearchDefinitions } from '../indexing/search-definitions.js';
import { ResourceRepository } from '../resource.repository.js';
import { SqlSession } from '../session/sql-session.js';
import { findDefinitions } from './find-definitions.js';
import { InstalledPackages } from './installed-packages.js';
import {
  definitionsWithUrl,
  deletePackage,
  insertDefinitions,
  insertPackage,
  type InstalledPackage,
  lockPackages,
  type PackagedDefinition,
  readPackages,
} from './package-rows.js';

/** A definition with the id that it is stored by. */
export interface StoredDefinition extends Omit<PackagedDefinition, 'origin'> {
  readonly resource: JsonObject;
}

/** The server itself: which packages there are is decided by who installs them. */
const installer: Principal = {
  issuer: '',
  local: true,
  subject: 'packages',
  kind: 'user',
  scopes: ['system/*.cruds', 'user/*.cruds', 'admin/Definition.cud'],
  adminScopes: 'allow',
  clearance: 'V',
  consentExempt: true,
  userWithoutFhirUser: 'allow',
  expiresAt: Infinity,
  claims: {},
};

/** A transaction in which packages change. */
export class PackageTransaction {
  /** SearchParameters that it stored. */
  private readonly parameters: { readonly id: string; readonly url: string; readonly resource: JsonObject }[] = [];

  constructor(
    private readonly session: SqlSession,
    private readonly resources: ResourceRepository,
    private readonly context: RequestContext,
    private readonly definitions: SearchDefinitions,
  ) {}

  packages(): Promise<readonly InstalledPackage[]> {
    return readPackages(this.session);
  }

  /** Stores definitions of a package that {@link finish} completes. */
  async store(name: PackageName, definitions: readonly StoredDefinition[]): Promise<void> {
    if (definitions.length === 0) return;
    await this.resources.write(
      definitions.map(({ type, id, resource }) => ({
        kind: 'update',
        access: this.context.accessTo(type, 'u'),
        reading: undefined,
        type,
        id,
        resource: { ...resource, id },
        ofPackage: true,
      })),
    );
    await insertDefinitions(
      this.session,
      name,
      definitions.map(({ type, id, url, version, digest }) => ({ type, id, url, version, digest })),
    );
    for (const { type, id, url, resource } of definitions)
      if (type === 'SearchParameter') this.parameters.push({ id, url, resource });
  }

  /** Puts the search parameters of the package to work, unless a newer version of them is installed, and lists the package. */
  async finish(installed: Omit<InstalledPackage, 'name' | 'version' | 'installedAt'>): Promise<readonly NotOffered[]> {
    const newest = await this.newestParameters(this.parameters.map(({ url }) => url));
    const defined = this.parameters.filter(({ id, url }) => newest.get(url) === id);
    const notOffered = await this.definitions.registerPackaged(this.session, { defined, removed: [] });
    const problems = [...installed.problems, ...notOffered.map((one) => this.problemOf(one))];
    await insertPackage(this.session, { ...installed, problems });
    return notOffered;
  }

  /** Puts one definition in the place of what a package of this name has. */
  async replace(name: PackageName, definition: StoredDefinition): Promise<void> {
    await deletePackage(this.session, name);
    await this.store(name, [definition]);
  }

  /** Takes a package out; the search parameters of the next newest version of it count again. */
  async remove(name: PackageName): Promise<number> {
    const gone = await deletePackage(this.session, name);
    for (let at = 0; at < gone.length; at += 200)
      await this.resources.write(
        gone.slice(at, at + 200).map(({ type, id }) => ({
          kind: 'delete',
          access: this.context.accessTo(type, 'd'),
          type,
          id,
          ofPackage: true,
        })),
      );
    const parameters = gone.filter(({ type }) => type === 'SearchParameter');
    const removed = parameters.map(({ id }) => id);
    await this.definitions.registerPackaged(this.session, {
      removed,
      defined: await this.bringBack(parameters.map(({ url }) => url)),
    });
    return gone.length;
  }

  private async bringBack(urls: readonly string[]) {
    const newest = await this.newestParameters(urls);
    const left = [...newest.keys()];
    const found = await findDefinitions(this.session, 'SearchParameter', left);
    return left.flatMap((url, i) => {
      const definition = found[i]?.definition;
      return definition ? [{ id: newest.get(url)!, resource: definition.resource }] : [];
    });
  }

  /** Ids of those of the newest version, by their url. */
  private async newestParameters(urls: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (urls.length === 0) return new Map();
    const rows = await definitionsWithUrl(this.session, 'SearchParameter', urls);
    return new Map(rows.toReversed().map(({ url, id }) => [url, id]));
  }

  private problemOf({ id, fact }: NotOffered): PackageProblem {
    const url = this.parameters.find((one) => one.id === id)?.url ?? id;
    return packageProblem('package.not-offered', { parameter: JSON.stringify(url), why: fact });
  }
}

/** Changes which packages are installed, each time in one transaction that waits for others of its kind. */
@Injectable()
export class PackageStore {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly session: SqlSession,
    private readonly resources: ResourceRepository,
    private readonly definitions: SearchDefinitions,
    private readonly installed: InstalledPackages,
    private readonly worker: IndexWorker,
    private readonly rules: AccessRules,
  ) {}

  /** Runs the work, again from its start after a lost race; other servers know of it within five seconds. */
  change<T>(work: (tx: PackageTransaction) => Promise<T>): Promise<T> {
    return this.changeAfter(
      () => Promise.resolve(),
      (tx) => work(tx),
    );
  }

  /** {@link change} with work before in the same transaction, during which other packages can change. */
  async changeAfter<P, T>(
    prepare: (session: SqlSession) => Promise<P>,
    work: (tx: PackageTransaction, prepared: P, session: SqlSession) => Promise<T>,
  ): Promise<T> {
    const context = new RequestContext(installer, this.rules.withoutPolicies(), undefined, ownWork);
    const done = await this.definitions.whileCurrent(() =>
      this.session.unlimited.transaction(async (session) => {
        const prepared = await prepare(session);
        await lockPackages(session);
        const tx = new PackageTransaction(session, this.resources.on(session), context, this.definitions);
        return work(tx, prepared, session);
      }),
    );
    await this.installed.lookAfresh();
    this.worker.look();
    return done;
  }

  /** The installed definitions of a type with one of the urls, those of the newest version first. */
  withUrl(type: string, urls: readonly string[]): Promise<readonly PackagedDefinition[]> {
    return definitionsWithUrl(this.session, type, urls);
  }

  /** Resolves when the search parameters of packages are indexed, or after so many milliseconds. */
  async indexed(milliseconds: number): Promise<void> {
    this.worker.look();
    await this.definitions.settled(milliseconds);
  }
}
