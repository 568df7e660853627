import { z } from 'zod';
import { loginProviders } from './foreign/login-provider.js';
import { terminologyServers } from './foreign/terminology-server.js';
import { trustedIssuers } from './foreign/trusted-issuer.js';

/** A JSON Schema, as far as members are told by it. */
export interface JsonMember {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonMember[];
  readonly items?: JsonMember;
  readonly properties?: Readonly<Record<string, JsonMember>>;
  readonly additionalProperties?: JsonMember | boolean;
  readonly required?: readonly string[];
}

/** Settings that are lists of objects. */
const lists = new Map<string, z.ZodType>([
  ['TRUSTED_ISSUERS', trustedIssuers],
  ['LOGIN_PROVIDERS', loginProviders],
  ['TERMINOLOGY_SERVERS', terminologyServers],
]);

/** The schema of one entry of such a setting; undefined for another one. */
export function entryOf(setting: string): JsonMember | undefined {
  const list = lists.get(setting);
  return list && (z.toJSONSchema(list, { io: 'input', unrepresentable: 'any' }) as JsonMember).items;
}

/** Names of the members that the object at a path of a setting may have; none where it is no such object. */
export function membersAt(setting: string, [, ...path]: readonly string[]): readonly string[] {
  const found = path.reduce<JsonMember | undefined>((schema, name) => schema?.properties?.[name], entryOf(setting));
  return Object.keys(found?.properties ?? {});
}
