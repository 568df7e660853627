import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { documentEntry, documentHead, madeResource } from '../../fhir/operations/documents/document-bundle.js';
import { lineOf, listText, sectionText } from '../../fhir/operations/documents/section-text.js';
import type { JsonObject } from '../../r4/json/json.js';

/** A resource of a record. */
export interface ExportedRow {
  readonly type: string;
  readonly id: string;
  readonly versionId: string;
  readonly resource: JsonObject;
  readonly text: string;
}

interface Section {
  readonly references: string[];
  readonly lines: string[];
}

/** A document of a whole record, with a section for each type; what it has in memory is an address and a line for each resource. */
export class RecordDocument {
  private readonly sections = new Map<string, Section>();
  size = 0;

  constructor(
    private readonly base: string,
    private readonly patient: string,
  ) {}

  add(rows: readonly ExportedRow[]): void {
    for (const { type, id, resource } of rows) {
      const section = this.sections.get(type) ?? { references: [], lines: [] };
      section.references.push(`${type}/${id}`);
      section.lines.push(lineOf(resource));
      this.sections.set(type, section);
      this.size++;
    }
  }

  /** Writes `document.json` beside the files of the types, whose lines it takes. */
  async write(folder: string): Promise<void> {
    await pipeline(Readable.from(this.parts(folder)), createWriteStream(join(folder, 'document.json')));
  }

  private async *parts(folder: string): AsyncGenerator<string> {
    yield `${documentHead()},"entry":[${documentEntry(this.base, madeResource(this.composition()))}`;
    for (const [type, { references }] of this.sections) {
      let at = 0;
      const file = await open(join(folder, `${type}.ndjson`));
      for await (const body of file.readLines()) {
        const id = references[at++]!.slice(type.length + 1);
        yield `,\n${documentEntry(this.base, { type, id, body })}`;
      }
    }
    yield ']}\n';
  }

  private composition(): object {
    return {
      resourceType: 'Composition',
      text: sectionText([], 'All that is stored of this person.'),
      status: 'final',
      type: { coding: [{ system: 'http://loinc.org', code: '11503-0', display: 'Medical records' }] },
      subject: { reference: `Patient/${this.patient}` },
      date: new Date().toISOString(),
      author: [{ display: this.base }],
      title: `Record of Patient/${this.patient}`,
      section: [...this.sections].map(([type, { references, lines }]) => ({
        title: type,
        text: listText(lines),
        entry: references.map((reference) => ({ reference })),
      })),
    };
  }
}
