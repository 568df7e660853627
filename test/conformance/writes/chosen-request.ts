import { type Content, textOf } from './content.js';
import { elementsOf } from './drawn-elements.js';
import type { DrawnContent, DrawnPatch, DrawnWrite, Verb, WrittenType } from './drawn-writes.js';
import type { Patch, PatchOperation } from './naive-patch.js';
import type { NaiveServer, Version, WriteRequest } from './naive-server.js';

/** A request with what only its writing knows. */
export interface ChosenRequest extends WriteRequest {
  readonly type: WrittenType;
  readonly meta: DrawnContent['meta'];
  /** Of an entry. */
  readonly fullUrl?: string;
}

/** Makes requests of what is drawn, with ids and identifiers of one run. */
export class Choices {
  constructor(
    private readonly model: NaiveServer,
    private readonly run: string,
  ) {}

  /** Value of an identifier. */
  readonly identifier = (number: number): string => `${this.run}-i${number}`;

  /** Two that the client chooses, one of them as long as may be, then those that the server chose. */
  ids(type: string): readonly string[] {
    const own = [`${this.run}-1`, `${this.run}-2`.padEnd(64, '.x-')];
    const known = this.model.known(type).map((key) => key.split('/')[1]!);
    return [...own, ...known.filter((id) => !own.includes(id))].slice(0, 5);
  }

  /** Addresses to refer to; the first patient may never be there. */
  links(): readonly string[] {
    return [`Patient/${this.run}-1`, ...this.model.live('Patient').slice(-2)];
  }

  /** `links`: what may be referred to; none by the first number. */
  request(drawn: DrawnWrite, links: readonly string[]): ChosenRequest {
    const { type, content } = drawn;
    const verb = type === 'Binary' ? withoutCondition(drawn.verb) : drawn.verb;
    const target = this.target(verb, drawn);
    const key = 'criterion' in target ? this.model.matches(type, target.criterion)[0] : `${type}/${target.id}`;
    const current = key === undefined ? undefined : this.model.current(key);
    const base = { type, meta: content.meta, ...target };
    const ifMatch = ifMatchOf(drawn, current);
    switch (methods[verb]) {
      case 'POST':
        return { ...base, method: 'POST', content: this.content(drawn, links) };
      case 'PATCH':
        return { ...base, method: 'PATCH', patch: patchOf(drawn.patch, current?.content), ...ifMatch };
      case 'DELETE':
        return { ...base, method: 'DELETE', ...ifMatch };
      default: {
        const again = verb === 'put again' ? contentAgain(drawn, current) : undefined;
        const sent = again ?? this.content(drawn, links);
        return { ...base, method: 'PUT', content: sent, ...ifMatch, ...this.onlyOfPut(verb, drawn, key) };
      }
    }
  }

  private onlyOfPut(verb: Verb, drawn: DrawnWrite, key: string | undefined): Partial<ChosenRequest> {
    if (verb === 'put where') return this.bodyId(drawn, key);
    return verb === 'put' ? ifNoneMatchOf(drawn, key === undefined ? undefined : this.model.current(key)) : {};
  }

  private target(verb: Verb, { type, slot, criterion }: DrawnWrite): { id?: string } | { criterion: string } {
    if (withoutCondition(verb) !== verb) return { criterion: this.identifier(criterion) };
    const ids = this.ids(type);
    return verb === 'create' ? {} : { id: ids[slot % ids.length]! };
  }

  private content({ type, content, link }: DrawnWrite, links: readonly string[]): Content {
    const identifiers = content.identifiers.map(this.identifier);
    return { tags: content.tags, elements: elementsOf(type, content, { identifiers, link: links[link - 1] }) };
  }

  private bodyId({ type, bodyId, slot }: DrawnWrite, match: string | undefined): { bodyId?: string } {
    const ids = this.ids(type);
    const id = { none: undefined, match: match?.split('/')[1], other: ids[slot % ids.length] }[bodyId];
    return id === undefined ? {} : { bodyId: id };
  }
}

const methods: Readonly<Record<Verb, WriteRequest['method']>> = {
  create: 'POST',
  'create unless': 'POST',
  put: 'PUT',
  'put again': 'PUT',
  'put where': 'PUT',
  patch: 'PATCH',
  'patch where': 'PATCH',
  delete: 'DELETE',
  'delete where': 'DELETE',
};

/** A Binary has nothing to find it by. */
const withoutCondition = (verb: Verb): Verb => verb.replace(/ (?:where|unless)$/, '') as Verb;

/** What is stored, with some of its tags, maybe in another order, or with numbers that are written in another way. */
function contentAgain({ content }: DrawnWrite, current: Version | undefined): Content | undefined {
  if (!current?.content) return undefined;
  const { tags, elements } = current.content;
  return {
    tags: tags.filter((tag) => content.tags.includes(tag)),
    elements: content.isReversed
      ? elements.toReversed()
      : elements.map(([name, text]) => [name, rewritten(text, content)]),
  };
}

/** One more or fewer digit after the point is another number. */
const rewritten = (text: string, { isFlipped }: DrawnContent): string =>
  isFlipped ? text.replace(/("(?:value|valueDecimal)":\d+)(?:\.(\d+))?(?=[,}])/, '$1.0$2') : text;

function ifMatchOf({ ifMatch }: DrawnWrite, current: Version | undefined): { ifMatch?: string } {
  const version = current?.versionId ?? 1;
  const tags = {
    none: undefined,
    weak: `W/"${version}"`,
    strong: `"${version}"`,
    bare: `${version}`,
    stale: `W/"${version % 2 === 0 ? version - 1 : version + 1}"`,
    malformed: `W/"x${version}`,
    list: `W/"${version + 7}", W/"${version}"`,
    any: '*',
  };
  const tag = tags[ifMatch];
  return tag === undefined ? {} : { ifMatch: tag };
}

function ifNoneMatchOf({ ifNoneMatch }: DrawnWrite, current: Version | undefined): { ifNoneMatch?: string } {
  const version = current?.versionId ?? 1;
  const tag = { none: undefined, '*': '*', current: `W/"${version}"`, stale: `W/"${version + 1}"` }[ifNoneMatch];
  return tag === undefined ? {} : { ifNoneMatch: tag };
}

function patchOf({ isFhirPath, operations, isSure }: DrawnPatch, content: Content | undefined): Patch {
  const name = 'language';
  const drawn = operations
    .filter(({ op }) => !isFhirPath || op !== 'test')
    .map(({ op, language }): PatchOperation => ({ op, name, ...(op !== 'remove' && { text: `"${language}"` }) }));
  const made = drawn.length > 0 ? drawn : [{ op: 'remove', name } as const];
  if (isFhirPath) return { form: 'FHIRPath Patch', operations: made };
  const text = content && textOf(content.elements, name);
  const test = isSure && text !== undefined ? [{ op: 'test', name, text } as const] : [];
  return { form: 'JSON Patch', operations: [...test, ...made] };
}
