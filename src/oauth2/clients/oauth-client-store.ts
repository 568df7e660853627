import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { entriesUpTo } from '../../auth/entries-up-to.js';
import { hashOpaque } from '../../auth/hash-opaque.js';
import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import { printable } from '../../r4/errors/request-errors.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import {
  OauthClientRepository,
  ResourceTaken,
  spellingsOf,
  type StoredClient,
} from '../storage/oauth-client.repository.js';
import { consoleClient, consoleClientId } from './console-client.js';
import { ClientTokens } from './client-ends.js';
import { longestAddress } from './client-addresses.js';
import { checkClientId, generateClientId } from './client-ids.js';
import { problem, type ClientMetadata } from './client-metadata.js';
import { generateSecret, hashSecret, isSameHash, matchesSecret } from './client-secret.js';
import { ClientExists, ClientNotFound, InvalidClient } from './invalid-client.js';
import { OauthClients, type OauthClient } from './oauth-client.js';
import { validateClient } from './validate-client.js';

/** Less than the 5 s in which a change has to reach every replica. */
const keptMs = 4_000;
const mostKept = 2_000;

/** A client that was just made or got a new secret, which is shown this once. */
export interface ClientWithSecret {
  readonly client: OauthClient;
  readonly secret?: string;
}

export interface NewClientOptions {
  readonly id?: string;
  readonly createdBy: StoredClient['createdBy'];
  /** The token that lets the client manage its own registration; only its hash is kept. */
  readonly registrationToken?: string;
}

/** The registered clients of all replicas. Own changes are seen at once, those of others within {@link keptMs}. */
@Injectable()
export class OauthClientStore extends OauthClients {
  private madeKnown: LRUCache<string, OauthClient> | undefined;
  private madeOrigins: LRUCache<string, boolean> | undefined;
  private madeResources: LRUCache<string, string> | undefined;
  /** Counts the changes made here, so that an answer from before one is not kept after it. */
  private changes = 0;

  constructor(
    private readonly stored: OauthClientRepository,
    private readonly accounts: LocalAccounts,
    private readonly tokens: ClientTokens,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {
    super();
  }

  override async find(id: string): Promise<OauthClient | undefined> {
    if (id === consoleClientId) return this.options.console ? consoleClient(this.options.issuer) : undefined;
    const known = this.known.get(id);
    if (known !== undefined) return known;
    if (checkClientId(id) !== undefined) return undefined;
    const { changes } = this;
    const row = await this.stored.find(id);
    if (row === undefined || row.disabled) return undefined;
    const client = clientOf(row);
    if (changes === this.changes) this.known.set(id, client);
    return client;
  }

  override async secretMatches(client: OauthClient, secret: string): Promise<boolean> {
    return matchesSecret(secret, client.secretHash);
  }

  override async isRegisteredOrigin(origin: string): Promise<boolean> {
    const known = this.origins.get(origin);
    if (known !== undefined) return known;
    const { changes } = this;
    const isRegistered = await this.stored.hasOrigin(origin);
    if (changes === this.changes) this.origins.set(origin, isRegistered);
    return isRegistered;
  }

  override async findResource(url: string): Promise<string | undefined> {
    if (url.length > longestAddress || url.includes('\0')) return undefined;
    const spellings = spellingsOf(url);
    const known = this.resources.get(spellings[0]!);
    if (known !== undefined) return known;
    const { changes } = this;
    const found = await this.stored.findResource(spellings);
    if (found !== undefined && changes === this.changes) this.resources.set(spellings[0]!, found);
    return found;
  }

  /** Also a disabled one, as it is stored now. */
  async get(id: string): Promise<OauthClient> {
    return clientOf(await this.need(id));
  }

  /** True if a client, also a disabled one, has this id. */
  async exists(id: string): Promise<boolean> {
    return checkClientId(id) === undefined && (await this.stored.find(id)) !== undefined;
  }

  async list(after: string | undefined, count: number): Promise<readonly OauthClient[]> {
    return (await this.stored.list(after, count)).map(clientOf);
  }

  /** The registration as it would be stored. Throws {@link InvalidClient} for what {@link create} would not take. */
  check(metadata: ClientMetadata, id?: string): ClientMetadata {
    const wrong = id === undefined ? undefined : checkClientId(id);
    if (wrong !== undefined) throw new InvalidClient([wrong]);
    return validateClient(metadata, this.options);
  }

  /** Checks a new registration, whose resources no other client may have. */
  async checkNew(metadata: ClientMetadata): Promise<void> {
    const taken = await this.stored.findTaken(this.check(metadata).resources ?? []);
    if (taken !== undefined) throw resourceTaken(taken);
  }

  async create(metadata: ClientMetadata, options: NewClientOptions): Promise<ClientWithSecret> {
    const id = options.id ?? generateClientId();
    const wrong = checkClientId(id) ?? (await this.checkAgainstUsers(id));
    if (wrong !== undefined) throw new InvalidClient([wrong]);
    const valid = validateClient(metadata, this.options);
    const secret = valid.kind === 'confidential-symmetric' ? generateSecret() : undefined;
    const row = {
      ...rowOf(id, valid),
      secretHash: secret === undefined ? null : hashSecret(secret),
      registrationHash: options.registrationToken === undefined ? null : hashOpaque(options.registrationToken),
      createdBy: options.createdBy,
    };
    if (!(await unlessTaken(this.stored.insert(row)))) throw new ClientExists(id);
    this.forget();
    return { client: clientOf(row), ...(secret !== undefined && { secret }) };
  }

  /** Replaces what is registered. A client that becomes symmetric gets a secret, one that stops being so loses it. */
  async replace(id: string, metadata: ClientMetadata): Promise<ClientWithSecret> {
    const before = await this.need(id);
    const valid = validateClient(metadata, this.options);
    const { secretHash, secret } = secretAfter(before, valid);
    // A secret that stays is not written: another one may come in between.
    const isKept = secretHash === before.secretHash;
    const row = { ...before, ...rowOf(id, valid), secretHash };
    if (!(await unlessTaken(this.stored.update(row, isKept ? 'keep-secret' : 'set-secret'))))
      throw new ClientNotFound(id);
    this.forget();
    if (valid.disabled && !before.disabled) await this.tokens.endAllOf(id);
    return { client: clientOf(row), ...(secret !== undefined && { secret }) };
  }

  /** A new secret; the old one stops at once here, within seconds everywhere. */
  async rotateSecret(id: string): Promise<string> {
    const { kind } = await this.get(id);
    if (kind !== 'confidential-symmetric')
      throw new InvalidClient([
        problem('kind', `A client of the kind ${kind} has no secret.`, 'Only confidential-symmetric clients have one.'),
      ]);
    const secret = generateSecret();
    if (!(await this.stored.setSecret(id, hashSecret(secret)))) throw new ClientNotFound(id);
    this.forget();
    return secret;
  }

  /** Its tokens end with it. */
  async remove(id: string): Promise<void> {
    if (!(await this.tokens.endWithClient(id))) throw new ClientNotFound(id.slice(0, 100));
    this.forget();
  }

  /** The client whose own registration this token opens. */
  async findByRegistrationToken(id: string, token: string): Promise<OauthClient | undefined> {
    const row = checkClientId(id) === undefined ? await this.stored.find(id) : undefined;
    if (row === undefined || !isSameHash(row.registrationHash, hashOpaque(token)) || row.disabled) return undefined;
    return clientOf(row);
  }

  private async need(id: string): Promise<StoredClient> {
    const row = checkClientId(id) === undefined ? await this.stored.find(id) : undefined;
    if (row === undefined) throw new ClientNotFound(id.slice(0, 100));
    return row;
  }

  /** The `sub` of a machine's token is its client id: it must never be the name of a user. */
  private async checkAgainstUsers(id: string) {
    if (!(await this.accounts.exists(id))) return undefined;
    return problem(
      'id',
      `There is a user of the name ${id}.`,
      'Choose another id, so that nobody takes one for the other.',
    );
  }

  private forget(): void {
    this.changes++;
    this.known.clear();
    this.origins.clear();
    this.resources.clear();
  }

  private get known(): LRUCache<string, OauthClient> {
    return (this.madeKnown ??= new LRUCache({ ...entriesUpTo(mostKept), ttl: keptMs }));
  }

  private get origins(): LRUCache<string, boolean> {
    return (this.madeOrigins ??= new LRUCache({ ...entriesUpTo(mostKept), ttl: keptMs }));
  }

  private get resources(): LRUCache<string, string> {
    return (this.madeResources ??= new LRUCache({ ...entriesUpTo(mostKept), ttl: keptMs }));
  }
}

const unlessTaken = (storing: Promise<boolean>): Promise<boolean> =>
  storing.catch((error: unknown) => {
    throw error instanceof ResourceTaken ? resourceTaken(error.resource) : error;
  });

const resourceTaken = (resource: string): InvalidClient =>
  new InvalidClient([
    problem(
      'resources',
      `The server "${printable(resource)}" is registered already.`,
      'A server has one client: use that one, or let an administrator remove it (lanyard client list).',
    ),
  ]);

type ClientRow = Omit<StoredClient, 'createdAt' | 'machineSession' | 'registrationHash'> &
  Partial<Pick<StoredClient, 'machineSession'>>;

function secretAfter(
  before: Pick<StoredClient, 'secretHash'>,
  { kind }: ClientMetadata,
): { readonly secretHash: string | null; readonly secret?: string } {
  if (kind !== 'confidential-symmetric') return { secretHash: null };
  if (before.secretHash !== null) return { secretHash: before.secretHash };
  const secret = generateSecret();
  return { secretHash: hashSecret(secret), secret };
}

function rowOf(id: string, { disabled, ...metadata }: ClientMetadata) {
  return { id, disabled, metadata, origins: originsOf(metadata) };
}

/** Origins of the browser apps of the client. */
function originsOf({ origins, redirectUris }: Pick<ClientMetadata, 'origins' | 'redirectUris'>): string[] {
  const ofRedirects = redirectUris.map((uri) => new URL(uri)).filter(({ protocol }) => /^https?:$/.test(protocol));
  return [...new Set([...origins, ...ofRedirects.map(({ origin }) => origin)])];
}

/** Rows are written by {@link rowOf} only, so their metadata has that form. */
function clientOf({ id, metadata, secretHash, machineSession, createdBy, disabled }: ClientRow): OauthClient {
  return {
    ...(metadata as unknown as Omit<ClientMetadata, 'disabled'>),
    id,
    createdBy,
    disabled,
    ...(machineSession !== undefined && { machineSession }),
    ...(secretHash !== null && { secretHash }),
  };
}
