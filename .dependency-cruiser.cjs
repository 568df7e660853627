// Top to bottom: a folder may import only from folders below it. ARCHITECTURE.md says why.
const layers = [
  'src/main[^/]*',
  'src/cli/',
  'src/app[^/]*',
  'src/doctor/',
  'src/oauth2/',
  'src/fhir/[^/]+[.]ts',
  'src/fhir/http/',
  'src/fhir/guides/',
  'src/fhir/operations/',
  'src/fhir/interactions/',
  'src/fhir/hooks/',
  'src/fhir/storage/',
  'src/audit/',
  'src/scope/',
  'src/auth/',
  'src/observability/',
  'src/database/',
  'src/config/',
  'src/refusal/',
  'src/fhir/validation/',
  'src/fhir/xml/',
  'src/fhir/patch/',
  'src/fhir/search/',
  'src/fhir/model/',
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
      'plain TypeScript stays plain',
      { path: '^src/(audit|fhir/(validation|xml|patch|search|model))/', pathNot: spec },
      {
        path: 'node_modules/(@nestjs|fastify|@fastify|express|typeorm|pg|rxjs)/',
      },
    ),
    forbid(
      'only storage, database and app know TypeORM',
      { path: '^src', pathNot: ['^src/(main|app)[^/]*', '^src/(fhir|auth|oauth2)/storage/', '^src/database/', spec] },
      { path: 'node_modules/(@nestjs/typeorm|typeorm|pg)/' },
    ),
    forbid(
      'the server runs without development packages',
      { path: '^src', pathNot: spec },
      {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
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
