// Top to bottom: a folder may import only from folders below it. ARCHITECTURE.md says why.
const layers = [
  'src/testing/',
  'src/(main|index)[.]',
  'src/cli/',
  'src/app/',
  'src/console/',
  'src/doctor/',
  'src/openapi/',
  'src/oauth2/',
  'src/fhir/(?!fhir-options)[^/]+[.]ts',
  'src/fhir/http/',
  'src/fhir/releases/',
  'src/fhir/packages/',
  'src/fhir/guides/',
  'src/fhir/operations/',
  'src/fhir/interactions/',
  'src/fhir/hooks/',
  'src/fhir/terminology-servers/',
  'src/fhir/storage/',
  'src/fhir/extensions/',
  'src/fhir/fhir-options[.]ts',
  'src/audit/',
  'src/scope/',
  'src/auth/',
  'src/observability/',
  'src/outbound/',
  'src/database/',
  'src/config/',
  'src/refusal/',
  'src/r4/index[.]ts',
  'src/r4/validation/',
  'src/r4/xml/',
  'src/r4/patch/',
  'src/r4/consent/',
  'src/r4/packages/',
  'src/r4/terminology/',
  'src/r4/search/',
  'src/r4/rest/',
  'src/r4/model/',
  'src/r4/places/',
  'src/r4/json/',
  'src/r4/errors/',
];
const spec = '[.]spec[.]ts$';
const forbid = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    forbid('no cycles', { path: '^src' }, { circular: true }),
    ...layers
      .map((layer, i) =>
        forbid(
          `${layer} imports upward`,
          { path: `^${layer}`, pathNot: spec },
          { path: layers.slice(0, i).map((above) => `^${above}`) },
        ),
      )
      .slice(1),
    forbid(
      'every folder has its place in the list',
      { path: '^src' },
      {
        path: '^src',
        pathNot: layers.map((layer) => `^${layer}`),
      },
    ),
    forbid(
      'index files are the surface of the package, for others alone',
      { path: '^src' },
      { path: ['^src/index[.]ts$', '^src/[a-z0-9]+/index[.]ts$'] },
    ),
    forbid(
      'plain TypeScript stays plain',
      { path: '^src/(audit|r4)/', pathNot: spec },
      {
        path: 'node_modules/(@nestjs|fastify|@fastify|express|typeorm|pg|rxjs)/',
      },
    ),
    forbid(
      'only storage, database and app know TypeORM',
      {
        path: '^src',
        pathNot: ['^src/(main|app/|testing/)', '^src/(fhir|auth|oauth2)/storage/', '^src/database/', spec],
      },
      { path: 'node_modules/(@nestjs/typeorm|typeorm|pg)/' },
    ),
    forbid(
      'the server runs without development packages',
      { path: '^src', pathNot: spec },
      {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm-peer'],
        pathNot: 'node_modules/@types/',
      },
    ),
    forbid(
      'the server does not know its tests and tools',
      { path: '^src', pathNot: spec },
      {
        path: '^(test|tools|bench|scripts)/',
      },
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
