import { byKey, GrowingNumbers } from '../storage/concepts/close-hierarchy.js';
import type { ConceptSource } from '../storage/concepts/concept-load.js';
import type { Outline } from '../storage/concepts/concept-numbers.js';
import { markOf, worthAMark } from '../storage/concepts/phrases.js';
import { memberKey, propertyKey, type ReleaseConcept } from '../storage/concepts/release-concept.js';
import type { Form, Said } from './form.js';
import { TextStore } from './text-store.js';

/** Concepts that are told at once: between them the socket takes rows that PostgreSQL waits for (docs/adr/0172). */
const together = 100;

type There = Extract<Form, { readonly kind: 'there' }>;

/**
 * Brings together what lines of several files say of the same code, in the order of the codes: numbers and bytes in memory, 12 bytes for
 * each of them and its text. Codes that no line says to be there are left out.
 */
export class GatheredConcepts implements ConceptSource {
  private readonly codes: string[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly forms: FormUsed[] = [];
  private readonly formNumbers = new Map<Form, number>();
  private readonly texts = new TextStore();
  /** Of each part: its code, its form, and the place of its text, or the number of the code above. */
  private owners = new GrowingNumbers();
  private readonly ofForm = new GrowingNumbers();
  private readonly places = new GrowingNumbers();
  private sorted: Sorted | undefined;
  /** Named by marks in `told` of the concepts; known with the outline. */
  phrases: readonly string[] = [];
  /** Number of the code that was asked for last. */
  private last = -1;

  /** `read` tells all parts by {@link say}, in the order of the lines. */
  constructor(private readonly read: (into: GatheredConcepts) => Promise<void>) {}

  /** Number of a code, for {@link say}. */
  numberOf(code: string): number {
    // Lines of one concept often stand together, and those of the next one follow, as in the file before.
    if (code === this.codes[this.last]) return this.last;
    this.last = code === this.codes[this.last + 1] ? this.last + 1 : this.found(code);
    return this.last;
  }

  private found(code: string): number {
    const known = this.numbers.get(code);
    if (known !== undefined) return known;
    const number = this.codes.push(ofItsOwn(code)) - 1;
    this.numbers.set(this.codes[number]!, number);
    return number;
  }

  /** A form is one object for all that it is said of. */
  say(code: number, form: Form, text: string): void {
    const number = this.formNumber(form);
    this.owners.push(code);
    this.ofForm.push(number);
    this.forms[number]!.uses++;
    this.places.push(form.kind === 'parent' ? this.found(text) : this.placeOf(text, this.forms[number]!));
  }

  async outline(): Promise<Outline> {
    if (!this.sorted) {
      await this.read(this);
      this.sorted = this.byCode();
      this.markPhrases();
      this.numbers.clear();
    }
    return this.outlined(this.sorted);
  }

  async *concepts(): AsyncGenerator<Iterable<ReleaseConcept>> {
    const { order } = this.sorted!;
    for (let at = 0; at < order.length; at += together) yield this.assembled(order.subarray(at, at + together));
  }

  private outlined({ order, starts, parts }: Sorted): Outline {
    /** Number of the concept by that of its code; 0: it is not there. */
    const concepts = new Int32Array(this.codes.length);
    for (let i = 0; i < order.length; i++) concepts[order[i]!] = i + 1;
    const [children, parents] = [new GrowingNumbers(), new GrowingNumbers()];
    const nowhere: number[] = [];
    for (const owner of order)
      for (let i = starts[owner]!; i < starts[owner + 1]!; i++) {
        const part = parts[i]!;
        if (this.formOf(part).kind !== 'parent') continue;
        const above = this.places.at(part);
        if (concepts[above] === 0) nowhere.push(above);
        else {
          children.push(concepts[owner]!);
          parents.push(concepts[above]!);
        }
      }
    return {
      codes: Array.from(order, (owner) => this.codes[owner]!),
      children: children.slice(),
      parents: parents.slice(),
      leadingNowhere: { count: nowhere.length, example: nowhere.map((above) => this.codes[above]!).toSorted()[0] },
    };
  }

  /** Forms that differ in rank alone begin alike. */
  private markPhrases(): void {
    const uses = new Map<string, number>();
    for (const { opening, uses: more } of this.forms) uses.set(opening, (uses.get(opening) ?? 0) + more);
    this.phrases = worthAMark(uses);
    const marks = new Map(this.phrases.map((phrase, number) => [phrase, markOf(number)]));
    for (const used of this.forms) used.opening = marks.get(used.opening) ?? used.opening;
  }

  private *assembled(owners: Int32Array): Generator<ReleaseConcept> {
    for (const owner of owners) yield this.assemble(owner);
  }

  private assemble(owner: number): ReleaseConcept {
    const { starts, parts } = this.sorted!;
    const [from, to] = [starts[owner]!, starts[owner + 1]!];
    const line = this.lineThatCounts(from, to);
    const concept = new Assembly();
    let counts = true;
    for (let i = from; i < to; i++) {
      const part = parts[i]!;
      const form = this.formOf(part);
      if (form.kind === 'there') counts = part === line;
      else if (form.kind === 'said') {
        if (counts || !form.isOfLine) concept.add(form, this.elementOf(part, form));
      } else if (form.kind === 'member') concept.addKey(propertyKey(memberKey, this.textOf(part)));
    }
    const { isInactive } = this.formOf(line) as There;
    return { ...concept.made(this.codes[owner]!), isAbstract: false, isInactive };
  }

  private lineThatCounts(from: number, to: number): number {
    const { parts } = this.sorted!;
    let [found, latest] = [-1, ''];
    for (let i = from; i < to; i++) {
      const part = parts[i]!;
      if (this.formOf(part).kind !== 'there') continue;
      const time = this.textOf(part);
      if (found === -1 || time >= latest) [found, latest] = [part, time];
    }
    return found;
  }

  /** The parts of each code, in their order; and the codes that are there, in theirs. */
  private byCode(): Sorted {
    const owners = this.owners.slice();
    const { starts, values: parts } = byKey(this.codes.length, owners, (part) => part);
    const isThere = new Uint8Array(this.codes.length);
    for (let part = 0; part < owners.length; part++) if (this.formOf(part).kind === 'there') isThere[owners[part]!] = 1;
    this.owners = new GrowingNumbers();
    const there = this.codes.filter((_, owner) => isThere[owner] === 1).toSorted();
    return { starts, parts, order: Int32Array.from(there, (code) => this.numbers.get(code)!) };
  }

  /** The last element of a form is kept: modules, times and statuses repeat. */
  private elementOf(part: number, form: Said): Element {
    const used = this.forms[this.ofForm.at(part)]!;
    const place = this.places.at(part);
    if (used.element && used.place === place) return used.element;
    used.place = place;
    used.element = elementOf(form, used.opening, this.texts.at(place));
    return used.element;
  }

  private placeOf(text: string, used: FormUsed): number {
    if (used.text !== text) [used.text, used.place] = [text, this.texts.add(text)];
    return used.place;
  }

  private formOf(part: number): Form {
    return this.forms[this.ofForm.at(part)]!.form;
  }

  private textOf(part: number): string {
    return this.texts.at(this.places.at(part));
  }

  private formNumber(form: Form): number {
    const known = this.formNumbers.get(form);
    if (known !== undefined) return known;
    const number = this.forms.push(unused(form)) - 1;
    this.formNumbers.set(form, number);
    return number;
  }
}

interface Sorted {
  /** The parts of a code are from its start to that of the next one. */
  readonly starts: Int32Array;
  readonly parts: Int32Array;
  /** Codes that are there, by number. */
  readonly order: Int32Array;
}

/** A copy: V8 keeps the whole part of a file in memory for a text that was cut out of it. */
const ofItsOwn = (code: string): string => Buffer.from(code).toString();

/** A form, with what it was used for last. */
interface FormUsed {
  readonly form: Form;
  /** JSON of the element before the text, or the mark for it; empty: none is told. */
  opening: string;
  uses: number;
  text: string | undefined;
  place: number;
  element: Element | undefined;
}

const unused = (form: Form): FormUsed => ({
  form,
  opening: form.kind === 'said' && form.element !== undefined ? form.around[0] : '',
  uses: 0,
  text: undefined,
  place: 0,
  element: undefined,
});

interface Element {
  readonly text: string;
  readonly json: string;
  readonly key: string;
}

const elementOf = ({ element, around, isJson, name }: Said, opening: string, text: string): Element => ({
  text,
  json: element === undefined ? '' : `${opening}${isJson ? text : JSON.stringify(text)}${around[1]}`,
  key: name === undefined ? '' : propertyKey(name, text),
});

/** The statements about one concept, put together. */
class Assembly {
  private display: string | undefined;
  private rank = Infinity;
  private definition = '';
  private designations = '';
  private properties = '';
  private readonly texts: string[] = [];
  private readonly keys: string[] = [];

  add({ rank, element }: Said, { text, json, key }: Element): void {
    if (rank !== undefined && rank < this.rank) [this.display, this.rank] = [text, rank];
    if (element === 'definition') this.definition ||= json;
    else if (element === 'designation') {
      this.designations += this.designations === '' ? json : `,${json}`;
      this.texts.push(text);
    } else if (element === 'property') {
      this.properties += this.properties === '' ? json : `,${json}`;
      this.addKey(key);
    }
  }

  addKey(key: string): void {
    if (!this.keys.includes(key)) this.keys.push(key);
  }

  made(code: string): Pick<ReleaseConcept, 'code' | 'display' | 'texts' | 'keys' | 'told'> {
    const { display, definition, designations, properties, texts, keys } = this;
    const elements: string[] = [];
    if (definition !== '') elements.push(`"definition":${definition}`);
    if (designations !== '') elements.push(`"designation":[${designations}]`);
    if (properties !== '') elements.push(`"property":[${properties}]`);
    return { code, display, texts, keys, told: `{${elements.join(',')}}` };
  }
}
