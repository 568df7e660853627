import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../console/src/', import.meta.url));
const textOf = (file: string): string => readFileSync(folder + file, 'utf8');

/** Every route of the console that has a page, such as `data/:type/:id`: from its lists, and from the `<Route>`s of pages that go on. */
export const consoleRoutes = (): readonly string[] => listed('routes.ts', /\bPage: lazy\(/g).flatMap(routesOf);

function routesOf(path: string): readonly string[] {
  const [name = '', hasMore] = path.split('/');
  if (hasMore === undefined) return [path];
  if (name !== 'operations') return below(name);
  const sections = listed('pages/operations/sections.ts', /\blabel: '/g);
  return [
    name,
    ...sections.flatMap((section) =>
      section.endsWith('/*') ? below(`${name}/${section.slice(0, -2)}`) : `${name}/${section}`,
    ),
  ];
}

/** Members `path` of a list that has `member` once in each entry. */
function listed(file: string, member: RegExp): readonly string[] {
  const text = textOf(file);
  const paths = [...text.matchAll(/\bpath: '([^']*)'/g)].map(([, path]) => path!);
  if (paths.length !== [...text.matchAll(member)].length)
    throw new Error(`${file} is of another form than this reads.`);
  return paths;
}

/** Routes that the page of a route has of its own. */
function below(route: string): readonly string[] {
  const text = textOf(`pages/${route}/${route.split('/').at(-1)}-page.tsx`);
  const found = [...text.matchAll(/<Route\s+(?:index|path="([^"]+)")/g)].map(([, path]) => path);
  return found.filter((path) => path !== '*').map((path) => (path === undefined ? route : `${route}/${path}`));
}
