import { isDeepStrictEqual } from 'node:util';
import type { ClientMetadata } from '../../oauth2/clients/client-metadata.js';
import { InvalidClient } from '../../oauth2/clients/invalid-client.js';
import type { OauthClient } from '../../oauth2/clients/oauth-client.js';
import { type ClientWithSecret, OauthClientStore } from '../../oauth2/clients/oauth-client-store.js';
import { readClient } from '../../oauth2/clients/read-client.js';
import { CommandFailed } from '../command-failed.js';
import { everyClient } from '../every-client.js';
import type { OpenServer } from '../open-server.js';
import type { Declared } from './declarations.js';
import { describeDifference } from './describe-difference.js';
import type { PlannedChange } from './planned-change.js';
import { requireDifferent } from './read-declared.js';

interface DeclaredClient {
  readonly id: string;
  readonly metadata: ClientMetadata;
}

/**
 * Plans the changes of clients to the declared ones; with `prune`, those that only earlier files declared are removed.
 */
export async function planClients(
  server: OpenServer,
  declared: readonly Declared[],
  { prune }: { readonly prune: boolean },
): Promise<readonly PlannedChange[]> {
  const store = server.get(OauthClientStore);
  const wanted = declared.map((entry) => readDeclared(entry, store));
  requireDifferent(
    wanted.map(({ id }) => id),
    declared,
  );
  const stored = new Map((await everyClient(store)).map((client) => [client.id, client]));
  const changes = wanted.flatMap((client) => planClient(store, client, stored.get(client.id)) ?? []);
  if (!prune) return changes;
  const kept = new Set(wanted.map(({ id }) => id));
  const pruned = [...stored.values()].filter(({ id, createdBy }) => createdBy === 'apply' && !kept.has(id));
  return [...changes, ...pruned.map((client) => planRemoval(store, client))];
}

function readDeclared({ place, form }: Declared, store: OauthClientStore): DeclaredClient {
  const { id, ...members } = form;
  if (typeof id !== 'string')
    throw new CommandFailed([`${place}: id is missing. A declared client has an id of its own.`]);
  try {
    return { id, metadata: store.check(readClient(members), id) };
  } catch (error) {
    if (!(error instanceof InvalidClient)) throw error;
    throw new CommandFailed(error.problems.map(({ fact, cure }) => `${place}: ${fact} ${cure}`));
  }
}

function planClient(
  store: OauthClientStore,
  { id, metadata }: DeclaredClient,
  stored: OauthClient | undefined,
): PlannedChange | undefined {
  const what = `client ${id}`;
  if (stored === undefined) {
    const details = [
      `${metadata.kind}, ${metadata.grantTypes.join(' ') || 'no grant types'}, scopes: ${metadata.scopes.join(' ') || 'none'}`,
    ];
    return {
      sign: '+',
      what,
      details,
      apply: async () => secretsOf(await store.create(metadata, { id, createdBy: 'apply' })),
    };
  }
  const before = metadataOf(stored);
  if (isDeepStrictEqual(before, metadata)) return undefined;
  const details = describeDifference({ ...before }, { ...metadata });
  return { sign: '~', what, details, apply: async () => secretsOf(await store.replace(id, metadata)) };
}

function planRemoval(store: OauthClientStore, { id, name }: OauthClient): PlannedChange {
  return {
    sign: '-',
    what: `client ${id}`,
    details: [`"${name}" is not declared any more; its tokens end`],
    apply: async () => {
      await store.remove(id);
      return [];
    },
  };
}

const ours: readonly string[] = ['id', 'secretHash', 'machineSession', 'createdBy'];

const metadataOf = (client: OauthClient): ClientMetadata =>
  Object.fromEntries(Object.entries(client).filter(([name]) => !ours.includes(name))) as unknown as ClientMetadata;

const secretsOf = ({ client, secret }: ClientWithSecret): readonly string[] =>
  secret === undefined ? [] : [`secret of client ${client.id}: ${secret}`];
