import { type Document, isMap, isNode, isScalar, type Node, parseDocument, stringify, type YAMLParseError } from 'yaml';
import type { Path } from './json-schema.js';

interface Place {
  readonly from: number;
  readonly to: number;
}

/** A part of a text that something is said about. */
export interface Fault extends Place {
  readonly text: string;
}

/** A part of a text whose form is wrong, and what is wrong with it. */
export interface FormFault extends Place {
  readonly code: YAMLParseError['code'];
}

/** JSON or YAML 1.2, which has JSON in it, with the places of its values. */
export class StructuredText {
  private readonly document: Document;
  /** Undefined where the form is wrong. */
  readonly value: unknown;
  /** Errors of its form. */
  readonly faults: readonly FormFault[];

  constructor(readonly text: string) {
    this.document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' });
    const faults = this.document.errors.map(({ pos: [from, to], code }) => ({
      ...this.lineFrom({ from: Math.min(from, text.length), to: Math.min(to, text.length) }),
      code,
    }));
    try {
      if (faults.length === 0) this.value = this.document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      // Aliases that lead nowhere, or would grow without bound.
      if (!(error instanceof ReferenceError)) throw error;
      faults.push({ ...this.placeOf([]), code: 'BAD_ALIAS' });
    }
    this.faults = faults;
  }

  /** The value at a path, or what is there of the way to it; of a member its name, too. */
  fault(path: Path, message: string): Fault {
    return { ...this.placeOf(path), text: message };
  }

  lineOf({ from }: Pick<Fault, 'from'>): number {
    return this.text.slice(0, from).split('\n').length;
  }

  private rangeOf(path: Path): Place | undefined {
    const parts = [this.nameAt(path), this.document.getIn(path, true)].flatMap((node) => rangeOfNode(node) ?? []);
    return parts.length === 0 ? undefined : { from: Math.min(...parts), to: Math.max(...parts) };
  }

  private nameAt(path: Path): unknown {
    const owner = this.document.getIn(path.slice(0, -1), true);
    const name = path.at(-1);
    return isMap(owner) ? owner.items.find(({ key }) => isScalar(key) && key.value === name)?.key : undefined;
  }

  private placeOf(path: Path): Place {
    const steps = path.slice();
    for (; steps.length > 0; steps.pop()) {
      const found = this.rangeOf(steps);
      if (found) return this.lineFrom(found);
    }
    const [from, to] = rangeOfNode(this.document.contents) ?? [0, this.text.length];
    return this.lineFrom({ from, to });
  }

  /** Ends at the end of its first line: long parts are not underlined as a whole. */
  private lineFrom({ from, to }: Place): Place {
    const end = this.text.indexOf('\n', from);
    return { from, to: Math.max(from, Math.min(to, end < 0 ? this.text.length : end)) };
  }
}

function rangeOfNode(node: unknown): readonly [number, number] | undefined {
  const range = isNode(node) ? (node as Node).range : undefined;
  return range ? [range[0], range[1]] : undefined;
}

export type Syntax = 'json' | 'yaml';

export const syntaxOf = (text: string): Syntax => (text.trimStart().startsWith('{') ? 'json' : 'yaml');

export const written = (value: unknown, syntax: Syntax): string =>
  syntax === 'json' ? JSON.stringify(value, null, 2) : stringify(value, { lineWidth: 0 });
