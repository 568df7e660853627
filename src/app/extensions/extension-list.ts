import { Inject, Injectable, type InjectionToken } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { extensionTextOf } from '../../config/extension-settings.js';
import { tablePrefix } from '../../database/migrations/table-prefix.js';
import { callTimeout, ExtensionCalls, type ExtensionFigures } from '../../fhir/extensions/extension-calls.js';
import type { Hook, HookPoint } from '../../fhir/extensions/hook.js';
import { Hooks, pointsOf } from '../../fhir/extensions/hooks.js';
import type { FhirFeature } from '../../fhir/feature.js';
import { partNames } from '../../fhir/parts.js';
import type { Extension } from './extension.js';

/** Injection token of the extensions that this server has loaded, as `Extension[]`. */
export const LOADED_EXTENSIONS = Symbol('LOADED_EXTENSIONS');

/** Calls of this process since it started; `p95Seconds` of the last 512, absent before the first one. */
export interface ListedFigures {
  readonly calls: number;
  /** Failures: exceptions, timeouts, results of no use. */
  readonly errors: number;
  /** Intended refusals. */
  readonly refusals: number;
  readonly p95Seconds?: number;
}

export interface ListedOperation extends ListedFigures {
  readonly code: string;
  /** Reason why it may act as the server itself; absent: it may not. */
  readonly system?: string;
}

export interface ListedHook {
  readonly name: string;
  /** Place among all hooks of the server, from 1; of two at one point, the lower one runs first. */
  readonly place: number;
  /** Resource types; absent: all. */
  readonly types?: readonly string[];
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly timeoutMilliseconds: number;
  /** As in {@link ListedOperation}. */
  readonly system?: string;
  readonly points: readonly (ListedFigures & { readonly point: HookPoint })[];
}

/** An extension with all that it brings; no value of a setting. */
export interface ListedExtension {
  readonly name: string;
  /** Of its package; absent where a program hands the module over. */
  readonly version?: string;
  readonly operations: readonly ListedOperation[];
  readonly hooks: readonly ListedHook[];
  readonly policies: readonly (ListedFigures & { readonly name: string })[];
  readonly searchParameters: readonly { readonly code: string; readonly base: readonly string[] }[];
  /** Parts of the server that it replaces, such as `BINARY_STORE`. */
  readonly parts: readonly string[];
  readonly settings: readonly { readonly name: string; readonly meaning: string }[];
  readonly migrations: readonly string[];
  /** Parts in `/health/ready`. */
  readonly health: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
}

/** The extensions of this server, with the figures of this process. */
@Injectable()
export class ExtensionList {
  constructor(
    @Inject(LOADED_EXTENSIONS) private readonly extensions: readonly Extension[],
    private readonly modules: ModuleRef,
    private readonly hooks: Hooks,
    private readonly calls: ExtensionCalls,
  ) {}

  all(): readonly ListedExtension[] {
    const figures = new Map(this.calls.all.map((one) => [addressOf(one), one]));
    return this.extensions.map((extension) => this.listed(extension, figures));
  }

  private listed(
    { name, version, features }: Extension,
    figures: ReadonlyMap<string, ExtensionFigures>,
  ): ListedExtension {
    const of = <T>(take: (feature: FhirFeature) => readonly T[] | undefined): readonly T[] =>
      features.flatMap((feature) => take(feature) ?? []);
    const figuresOf = (point: ExtensionFigures['point'], code: string): ListedFigures =>
      told(figures.get(addressOf({ extension: name, point, name: code })));
    return {
      name,
      ...(version !== undefined && { version }),
      operations: of(({ operations }) => operations).map((one) => {
        const { code, system } = this.get(one).declaration;
        return { code, ...(system !== undefined && { system }), ...figuresOf('operation', code) };
      }),
      hooks: of(({ hooks }) => hooks)
        .map((one) => this.get(one))
        .map((hook) => ({
          ...this.hook(hook),
          points: pointsOf(hook).map((point) => ({ point, ...figuresOf(point, hook.name) })),
        })),
      policies: of(({ policies }) => policies).map((one) => {
        const policy = this.get(one).name;
        return { name: policy, ...figuresOf('policy', policy) };
      }),
      searchParameters: of(({ searchParameters }) => searchParameters).map(({ code, base }) => ({ code, base })),
      parts: partNames(of(({ parts }) => parts)),
      settings: of(({ settings }) => (settings ? [settings] : [])).flatMap(({ schema }) =>
        Object.entries(schema.shape).map(([key, one]) => ({
          name: key,
          meaning: extensionTextOf(one).meaning ?? 'no text',
        })),
      ),
      migrations: of(({ migrations }) => migrations).map((one) => `${tablePrefix(name)}${one.name}`),
      health: of(({ health }) => health).map((one) => `${name}/${this.get(one).name}`),
      commands: of(({ commands }) => commands).map((one) => ({ name: one.name, description: one.description })),
    };
  }

  private hook(hook: Hook): Omit<ListedHook, 'points'> {
    const { name, types, before, after, system, timeout = callTimeout.usual } = hook;
    return {
      name,
      place: this.hooks.all.findIndex((one) => one.hook === hook) + 1,
      ...(types && { types }),
      ...(before && { before }),
      ...(after && { after }),
      timeoutMilliseconds: timeout,
      ...(system !== undefined && { system }),
    };
  }

  private get<T>(token: InjectionToken<T>): T {
    return this.modules.get(token, { strict: false });
  }
}

const addressOf = ({ extension, point, name }: Pick<ExtensionFigures, 'extension' | 'point' | 'name'>): string =>
  `${extension}/${name} ${point}`;

const told = ({ calls, errors, refusals, p95 }: Partial<ExtensionFigures> = {}): ListedFigures => ({
  calls: calls ?? 0,
  errors: errors ?? 0,
  refusals: refusals ?? 0,
  ...(p95 !== undefined && { p95Seconds: p95 }),
});
