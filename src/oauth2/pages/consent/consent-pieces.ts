import { compartmentGroup } from '../../../r4/model/patient-compartment.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { isReading } from '../../../scope/grammar/permission.js';
import { coversType, parseScope, scopeText, type SmartScope } from '../../../scope/grammar/smart-scope.js';
import { categoriesOf, type Kind } from './categories.js';
import { type GroupName, groupOf } from './type-groups.js';

/** A choice that a user keeps or refuses: reading or writing of one type, or of a part of it. */
export interface ConsentPiece {
  /** The scope that stands for it: what the form sends, and what is granted when it is kept without the rest. */
  readonly scope: string;
  readonly parsed: SmartScope;
  readonly writes: boolean;
  /** Narrower scopes that can stand in its place, by kinds of data. */
  readonly narrower: readonly { readonly scope: string; readonly kind: Kind }[];
}

/** A scope that was offered, and the pieces that it falls into. */
export interface ConsentScope {
  readonly scope: string;
  readonly pieces: readonly ConsentPiece[];
}

/** Takes scopes for resources apart; others are none. A wildcard falls into the types that it reaches. */
export function consentScopes(offered: readonly string[]): readonly ConsentScope[] {
  return offered.flatMap((text) => {
    const parsed = parseScope(text);
    if (!('ok' in parsed)) return [];
    const scope = parsed.ok;
    const pieces = typesOf(scope).flatMap((type) => [pieceOf(scope, type, false), pieceOf(scope, type, true)]);
    return [{ scope: text, pieces: pieces.filter((piece) => piece !== undefined) }];
  });
}

/** With more types than this, each group has a box of its own, and is closed at first. */
const mostOpen = 30;

/** A part of the form: what the app may see, or what it may change, in one record or in several. */
export interface ConsentPart {
  readonly context: SmartScope['context'];
  readonly writes: boolean;
  readonly pieces: readonly ConsentPiece[];
  /** True if there is a box for the part and for each group, without which nothing in it is kept. */
  readonly hasBoxes: boolean;
}

/** The parts of the form about these scopes, the pieces of each once. */
export function consentParts(scopes: readonly ConsentScope[]): readonly ConsentPart[] {
  const pieces = [...new Map(scopes.flatMap((one) => one.pieces).map((piece) => [piece.scope, piece])).values()];
  const parts = [false, true].flatMap((writes) =>
    (['patient', 'user', 'system'] as const).map((context) => {
      const own = pieces.filter((piece) => piece.writes === writes && piece.parsed.context === context);
      const hasBoxes = new Set(own.map(({ parsed }) => parsed.type)).size > mostOpen;
      return { context, writes, pieces: own, hasBoxes };
    }),
  );
  return parts.filter((part) => part.pieces.length > 0);
}

/** Value of the box of a part, or of one of its groups. */
export const boxOf = ({ context, writes }: Pick<ConsentPart, 'context' | 'writes'>, group: GroupName | '*'): string =>
  `${context}:${writes ? 'change' : 'see'}:${group}`;

/** Pieces that the boxes of their part and group let through. */
export function unboxed(parts: readonly ConsentPart[], boxes: ReadonlySet<string>): ReadonlySet<string> {
  const isOpen = (part: ConsentPart, { parsed }: ConsentPiece): boolean =>
    !part.hasBoxes || [groupOf(parsed.type), '*' as const].every((group) => boxes.has(boxOf(part, group)));
  return new Set(parts.flatMap((part) => part.pieces.filter((piece) => isOpen(part, piece)).map(({ scope }) => scope)));
}

function typesOf({ type, context }: SmartScope): readonly string[] {
  if (type !== '*') return [type];
  const reached = [...resourceTypes].filter((one) => coversType('*', one));
  return context === 'patient' ? reached.filter((one) => compartmentGroup(one) !== 'withheld') : reached;
}

function pieceOf(scope: SmartScope, type: string, writes: boolean): ConsentPiece | undefined {
  // Within a record, what all patients share is only read.
  if (writes && scope.context === 'patient' && scope.type === '*' && compartmentGroup(type) === 'shared')
    return undefined;
  const permissions = scope.permissions.filter((permission) => isReading(permission) !== writes);
  if (permissions.length === 0) return undefined;
  const parsed = { ...scope, type, permissions };
  const text = textOf(parsed, isVersion1(scope));
  return { scope: text, parsed: { ...parsed, text }, writes, narrower: narrowerOf(parsed) };
}

/** Kinds to choose from, for reading all of a type. The narrowed scope is of v2: v1 has no word for it. */
function narrowerOf(scope: SmartScope): ConsentPiece['narrower'] {
  if (scope.constraints.length > 0 || scope.permissions.some((permission) => !isReading(permission))) return [];
  return categoriesOf(scope.type).map(([value, kind]) => ({
    scope: textOf({ ...scope, constraints: [{ name: 'category', value }] }, false),
    kind,
  }));
}

const version1 = /\.(?:read|write|\*)$/;
const isVersion1 = ({ text }: SmartScope): boolean => version1.test(text);

/** As the app asked, v1 stays v1. */
const textOf = (scope: SmartScope, inVersion1: boolean): string =>
  (inVersion1 ? scopeText(scope, 'v1') : undefined) ?? scopeText(scope, 'v2')!;

/** Scopes granted for one offered scope: itself if all of it is kept, otherwise the kept pieces. */
export function keptOf(
  { scope, pieces }: ConsentScope,
  kept: ReadonlySet<string>,
  only: ReadonlySet<string>,
  open: ReadonlySet<string>,
): readonly string[] {
  const narrowed = (piece: ConsentPiece): boolean => piece.narrower.some((one) => only.has(one.scope));
  if (pieces.every((piece) => open.has(piece.scope) && kept.has(piece.scope) && !narrowed(piece))) return [scope];
  return pieces.flatMap((piece) => {
    if (!open.has(piece.scope)) return [];
    const kinds = piece.narrower.map((one) => one.scope).filter((one) => only.has(one));
    if (kinds.length > 0) return kinds;
    return kept.has(piece.scope) ? [piece.scope] : [];
  });
}
