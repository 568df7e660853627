import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** From room to the rooms that its files import. */
type Rooms = ReadonlyMap<string, ReadonlySet<string>>;

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
  .toSorted((left, right) => (left < right ? -1 : 1));

/** Room of a file: its folder directly below `house`. What lies in no such folder is the house's own. */
function roomOf(file: string, house: string): string | undefined {
  if (!file.startsWith(house)) return undefined;
  const [room, ...others] = file.slice(house.length).split('/');
  return others.length > 0 ? room : undefined;
}

/** Who imports whom among the rooms directly below `house`, such as `` or `fhir/`. */
function roomsBelow(house: string): Rooms {
  const rooms = new Map<string, Set<string>>();
  for (const file of sources) {
    const room = roomOf(file, house);
    if (room === undefined) continue;
    const imported = rooms.get(room) ?? new Set<string>();
    rooms.set(room, imported);
    const text = readFileSync(join(root, 'src', file), 'utf8');
    for (const [, path] of text.matchAll(/^(?:import|export) [^;]*?from '(\.[^']+)';$/gms)) {
      const other = roomOf(relative('.', join(dirname(file), path!)), house);
      if (other !== undefined && other !== room) imported.add(other);
    }
  }
  return rooms;
}

/** Whether there is another way than the arrow itself. */
function isImplied(rooms: Rooms, from: string, to: string): boolean {
  const reached = new Set([...rooms.get(from)!].filter((next) => next !== to));
  for (const room of reached) for (const next of rooms.get(room)!) reached.add(next);
  return reached.has(to);
}

function picture(house: string): string {
  const rooms = roomsBelow(house);
  const arrows = [...rooms].flatMap(([from, imported]) =>
    [...imported].filter((to) => !isImplied(rooms, from, to)).map((to) => `  ${from} --> ${to}`),
  );
  return ['```mermaid', 'flowchart TD', ...arrows.toSorted((left, right) => (left < right ? -1 : 1)), '```'].join('\n');
}

// `npx vitest run --project unit architecture-pictures -u` draws them anew.
it('docs/architecture/rooms.md has the arrows of the source', async () => {
  const page = [
    '# The rooms of the source',
    '',
    'Drawn from the imports of `src` (`npx vitest run --project unit architecture-pictures -u`). An arrow says who imports whom; one that',
    'follows from others is left out. No arrow runs up: `npm run boundaries`. What each room is for stands in',
    '[ARCHITECTURE.md](../../ARCHITECTURE.md).',
    '',
    '## src',
    '',
    picture(''),
    '',
    '## src/fhir',
    '',
    picture('fhir/'),
    '',
    '## src/r4',
    '',
    picture('r4/'),
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../docs/architecture/rooms.md');
});
