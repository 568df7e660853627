import { bestRank, itemVisits, propertyVisits, type Visit, type WantedPlace } from './wanted-place.js';

/** An open element that wanted elements are in. */
interface Open {
  readonly visits: readonly Visit[];
  /** Elements of each name so far. */
  readonly counts: Map<string, number>;
}

/** Beginning and end of text between tags that is no element. */
const others: readonly (readonly [string, string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];
const tagName = /[^\s/>]*/y;
const resourceType = /^[A-Z]/;

/** Finds the start tags of wanted elements in FHIR XML, in one pass. The text has to be XML that was read before, or an element of it. */
export function findInXml(text: string, root: WantedPlace): void {
  new XmlFinding(text, root).run();
}

class XmlFinding {
  private readonly open: Open[] = [];
  /** Levels below the innermost of these. */
  private skipped = 0;
  private isOver = false;

  constructor(
    private readonly text: string,
    private readonly root: WantedPlace,
  ) {}

  run(): void {
    const { text } = this;
    for (let at = text.indexOf('<'); at !== -1 && !this.isOver; at = text.indexOf('<', at)) at = this.tag(at);
  }

  /** Returns the offset behind what begins here. */
  private tag(at: number): number {
    const { text } = this;
    const other = others.find(([start]) => text.startsWith(start, at));
    if (other) return behind(text, other[1], at);
    if (text[at + 1] === '/') {
      this.close();
      return behind(text, '>', at);
    }
    const end = endOfTag(text, at);
    this.begin(at);
    if (text[end - 2] === '/') this.close();
    return end;
  }

  private begin(at: number): void {
    const around = this.open.at(-1);
    if (this.skipped > 0) this.skipped++;
    else if (!around) {
      this.root.found(at, bestRank);
      this.push([{ wanted: this.root, rank: bestRank }]);
    } else this.child(around, at);
  }

  private child({ visits, counts }: Open, at: number): void {
    tagName.lastIndex = at + 1;
    const name = tagName.exec(this.text)![0].replace(/^.*:/, '');
    // `contained` and `resource` have an element for the resource in them.
    if (resourceType.test(name)) return this.push(visits);
    const index = counts.get(name) ?? 0;
    counts.set(name, index + 1);
    const named = propertyVisits(visits, name);
    const found = [...(index === 0 ? named : []), ...itemVisits(named, index)];
    for (const { wanted, rank } of found) wanted.found(at, rank);
    if (found.length > 0) this.push(found);
    else this.skipped++;
  }

  private push(visits: readonly Visit[]): void {
    this.open.push({ visits, counts: new Map() });
  }

  private close(): void {
    if (this.skipped > 0) this.skipped--;
    else this.open.pop();
    this.isOver = this.open.length === 0;
  }
}

function behind(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at === -1 ? text.length : at + end.length;
}

/** Offset behind `>`; values of attributes may hold it. */
function endOfTag(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const c = text[at]!;
    if (c === '>') return at + 1;
    if (c === '"' || c === "'") at = behind(text, c, at + 1) - 1;
  }
  return text.length;
}
