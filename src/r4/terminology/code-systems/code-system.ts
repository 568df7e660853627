import { type Concept, ConceptReader } from './concept.js';
import { type PublicationStatus, publicationStatusOf } from '../publication-status.js';
import { valueOf } from '../property-value.js';
import { type Part, partsOf, textOf } from '../read-resource.js';
import type { StoredConcepts, ToldConcept } from './stored-concepts.js';
import { supplementedConcept, supplementedConcepts } from './supplemented-concepts.js';

/** Properties that place a code below others, or others below it (https://hl7.org/fhir/R4/codesystem.html#properties). */
const upward: ReadonlySet<string> = new Set(['parent', 'subsumedBy']);

/** Nested concepts and such properties are subsumption, unless the code system says that they are something else. */
const notSubsumption: ReadonlySet<string> = new Set(['grouped-by', 'part-of', 'classified-with']);

function otherHierarchy({ hierarchyMeaning }: Part): string | undefined {
  const meaning = textOf(hierarchyMeaning);
  return meaning !== undefined && notSubsumption.has(meaning) ? meaning : undefined;
}

function editionOf({ version, id, meta }: Part, elsewhere: ConceptsElsewhere | undefined): string {
  const { versionId } = (meta ?? {}) as Part;
  return JSON.stringify([version, id, versionId, elsewhere?.load]);
}

/** Where the concepts of a code system are, if they are not in its resource. */
export interface ConceptsElsewhere {
  /** Number that leads them. */
  readonly load: number;
  readonly concepts: number;
  /** `complete`, or why its codes are not all there. */
  readonly content: string;
  /** Phrases that their rows name by a character each. */
  readonly phrases: readonly string[];
}

/** The codes of a CodeSystem and how they lie above each other (https://hl7.org/fhir/R4/codesystem.html). */
export class CodeSystem {
  readonly url: string;
  readonly version: string | undefined;
  /** `complete`, or why its codes are not all here. */
  readonly content: string;
  /** Undefined: subsumption. */
  readonly otherHierarchy: string | undefined;
  /** Canonical of the code system that it is a supplement of. */
  readonly supplements: string | undefined;
  /** Another one where its content may be another one: version, id, version of the resource, load. */
  readonly edition: string;
  readonly name: string | undefined;
  /** Meanings of its properties, by their codes. */
  readonly propertyUris = new Map<string, string>();
  /** Of its displays (BCP 47). */
  readonly language: string | undefined;
  readonly publicationStatus: PublicationStatus | undefined;
  /** Its concepts, where they are not in memory: then all that is about codes is asked of them, or of {@link tell}. */
  readonly stored: StoredConcepts | undefined;
  private readonly reader: ConceptReader;
  private readonly concepts = new Map<string, Part>();
  /** By lower case; undefined: upper and lower case differ. */
  private readonly folded: Map<string, string> | undefined;
  private readonly parents = new Map<string, string[]>();
  private readonly children = new Map<string, string[]>();
  private readonly properties = new Map<string, Map<string, string[]>>();

  constructor(
    resource: Part,
    readonly elsewhere?: ConceptsElsewhere,
  ) {
    this.url = textOf(resource['url']) ?? '';
    this.version = textOf(resource['version']);
    this.content = elsewhere?.content ?? textOf(resource['content']) ?? 'unknown';
    this.edition = editionOf(resource, elsewhere);
    this.supplements = textOf(resource['supplements']);
    this.language = textOf(resource['language']);
    this.publicationStatus = publicationStatusOf(resource);
    this.name = textOf(resource['title']) ?? textOf(resource['name']);
    this.folded = resource['caseSensitive'] === false ? new Map() : undefined;
    this.reader = new ConceptReader(resource);
    this.otherHierarchy = otherHierarchy(resource);
    for (const property of partsOf(resource['property'])) this.declare(property);
    if (!elsewhere) this.addConcepts(partsOf(resource['concept']));
  }

  /** The code system with its concepts in this store. */
  with(stored: StoredConcepts): CodeSystem {
    // Assigned: each question makes one, and properties that are described are slow to make and to read.
    return Object.assign(Object.create(this) as CodeSystem, { stored, origin: this });
  }

  /**
   * The code system with the designations and properties that supplements add
   * (https://hl7.org/fhir/R4/codesystem.html#supplements); filters by these properties work where concepts are in memory.
   */
  supplementedBy(supplements: readonly CodeSystem[]): CodeSystem {
    const { stored } = this;
    const concept = (code: string): Concept | undefined => {
      const own = this.concept(code);
      return own && supplementedConcept(own, supplements);
    };
    if (stored)
      return Object.create(this, {
        stored: { value: supplementedConcepts(stored, supplements) },
        isOnlySupplemented: { value: (name: string) => supplements.some((one) => one.hasProperty(name)) },
      }) as CodeSystem;
    const all = [this, ...supplements];
    return Object.create(this, {
      concept: { value: concept },
      hasProperty: { value: (name: string) => all.some((one) => one.hasProperty(name)) },
      valuesOf: { value: (code: string, name: string) => all.flatMap((one) => one.valuesOf(code, name)) },
    }) as CodeSystem;
  }

  /** True if supplements alone have the property, so that filters do not see it. */
  isOnlySupplemented(_name: string): boolean {
    return false;
  }

  /** The definition itself, whoever asks. */
  readonly origin: CodeSystem = this;

  /** The concept of a code as the system writes it, with what lies right above and below. */
  async tell(code: string): Promise<ToldConcept | undefined> {
    if (this.stored) return this.stored.tell(code);
    const concept = await this.find(code);
    return concept && { concept, parents: this.parentsOf(concept.code), children: this.childrenOf(concept.code) };
  }

  /** The concept of a code as the system writes it. */
  async find(code: string): Promise<Concept | undefined> {
    if (this.stored) return (await this.stored.find(code))?.concept;
    const own = this.codeOf(code);
    return own === undefined ? undefined : this.concept(own);
  }

  /** True if upper and lower case of codes are the same. */
  get foldsCase(): boolean {
    return this.folded !== undefined;
  }

  get size(): number {
    return this.parents.size;
  }

  codes(): Iterable<string> {
    return this.parents.keys();
  }

  has(code: string): boolean {
    return this.parents.has(code);
  }

  /** The code as the system writes it, where case does not matter; undefined for none of its own. */
  codeOf(code: string): string | undefined {
    return this.has(code) ? code : this.folded?.get(code.toLowerCase());
  }

  concept(code: string): Concept | undefined {
    const concept = this.concepts.get(code);
    return concept && this.reader.read(concept, code);
  }

  childrenOf(code: string): readonly string[] {
    return this.children.get(code) ?? [];
  }

  parentsOf(code: string): readonly string[] {
    return this.parents.get(code) ?? [];
  }

  /** The code and all that it subsumes. */
  below(code: string): ReadonlySet<string> {
    return reach(code, this.children);
  }

  /** The code and all that subsume it. */
  above(code: string): ReadonlySet<string> {
    return reach(code, this.parents);
  }

  hasProperty(name: string): boolean {
    return this.properties.has(name);
  }

  valuesOf(code: string, property: string): readonly string[] {
    return this.properties.get(property)?.get(code) ?? [];
  }

  private declare({ code, uri }: Part): void {
    const name = textOf(code) ?? '';
    this.properties.set(name, new Map());
    if (typeof uri === 'string') this.propertyUris.set(name, uri);
  }

  /** A list instead of recursion: how deep concepts nest is for their author to choose. */
  private addConcepts(roots: readonly Part[]): void {
    const left: (readonly [Part, string | undefined])[] = roots.toReversed().map((root) => [root, undefined] as const);
    for (let next = left.pop(); next; next = left.pop()) {
      const [concept, parent] = next;
      const code = textOf(concept['code']);
      if (code === undefined) continue;
      if (!this.parents.has(code)) this.parents.set(code, []);
      if (!this.concepts.has(code)) this.concepts.set(code, concept);
      this.folded?.set(code.toLowerCase(), code);
      if (parent !== undefined) this.link(parent, code);
      for (const property of partsOf(concept['property'])) this.addProperty(code, property);
      for (const child of partsOf(concept['concept']).toReversed()) left.push([child, code]);
    }
  }

  private addProperty(code: string, property: Part): void {
    const name = textOf(property['code']) ?? '';
    const value = valueOf(property);
    if (value === undefined) return;
    if (upward.has(name)) this.link(value, code);
    if (name === 'child') this.link(code, value);
    push(entriesOf(this.properties, name), code, value);
  }

  private link(parent: string, child: string): void {
    push(this.parents, child, parent);
    push(this.children, parent, child);
  }
}

function entriesOf(map: Map<string, Map<string, string[]>>, name: string): Map<string, string[]> {
  let entries = map.get(name);
  if (!entries) map.set(name, (entries = new Map()));
  return entries;
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (!list) map.set(key, [value]);
  else if (!list.includes(value)) list.push(value);
}

/** Each code once, so that a circle in the hierarchy ends. */
function reach(start: string, next: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set([start]);
  for (const code of found) for (const other of next.get(code) ?? []) found.add(other);
  return found;
}
