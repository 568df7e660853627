import { equalDocuments } from '../../../r4/json/equal-json.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { Content, Edit } from '../../storage/writing/change.js';
import type { LinkTargets } from './rewrite-links.js';

interface Asked {
  readonly interaction: 'create' | 'update';
  readonly resource: JsonObject;
}

interface Checked extends Asked {
  readonly content: Promise<Content>;
}

/** Entries of a transaction as they were checked before it: what the transaction finds the same is not checked again (docs/adr/0142). */
export class CheckedEntries {
  private readonly contents = new Map<number, Checked>();
  private readonly edits = new Map<number, Edit>();
  private targets: LinkTargets = new Map();

  /** Says where links lead to. If that has changed, kept edits are dropped: their patches lead elsewhere. */
  follow(targets: LinkTargets): void {
    const isSame =
      targets.size === this.targets.size && [...targets].every(([link, to]) => this.targets.get(link) === to);
    if (!isSame) this.edits.clear();
    this.targets = targets;
  }

  /** The content of an entry, or its refusal. */
  content(index: number, asked: Asked, check: () => Promise<Content>): Promise<Content> {
    const last = this.contents.get(index);
    if (last?.interaction === asked.interaction && equalDocuments(last.resource, asked.resource)) return last.content;
    const content = check();
    // The refusal is kept for who awaits it. Without this line it would end the process where nothing does any more.
    content.catch(() => undefined);
    this.contents.set(index, { ...asked, content });
    return content;
  }

  /** The edit of an entry, which remembers what it made. */
  edit(index: number, id: string, make: () => Edit): Edit {
    let edit = this.edits.get(index);
    if (edit?.id !== id) this.edits.set(index, (edit = make()));
    return edit;
  }
}
