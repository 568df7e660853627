/** Of the way of a request: guards before bodies, and before every answer below the base (docs/adr/0059). */
const hooks = 'src/fhir/http/request-hooks.ts';
const unread = 'src/fhir/http/body/unread-body.ts';

/** @type {readonly import('./mutations.mjs').Mutation[]} */
export const requestMutations = [
  {
    name: 'requests: bodies are read before the guards',
    file: hooks,
    find: 'return this.requests.isGuarded(request) || ',
    replace: 'return ',
    seenBy: 'waits for no byte of its body',
  },
  {
    name: 'requests: what no route takes is answered before the guards',
    file: hooks,
    find: 'if (!request.is404 || !this.requests.isGuarded(request)) return done();',
    replace: 'if (request) return done();',
    seenBy: 'is 401 without a token that counts, with every reason',
  },
  {
    name: 'requests: what Fastify cannot read is answered before the guards',
    file: hooks,
    find: 'if (!isUnparsable(request) || !this.isUnread(request)) return done();',
    replace: 'if (request) return done();',
    seenBy: 'is 415 for who may, and 401 or 403 before',
  },
  {
    name: 'requests: a route without @Requires is open to every token',
    file: 'src/scope/scope.guard.ts',
    find: 'if (!isOpen && this.addressed',
    replace: 'if (!isOpen && required !== undefined && this.addressed',
    seenBy: 'is 404 or 405 with one',
  },
  {
    name: 'requests: the routes of a type do not declare who may',
    file: 'src/fhir/http/resource-routes.ts',
    find: '@UseGuards(JwtAuthGuard, ScopeGuard, NegotiationGuard)',
    replace: '@UseGuards(ScopeGuard, NegotiationGuard)',
    seenBy: 'creates and reads a Patient with a Bearer token',
  },
  {
    name: 'requests: the routes of a type do not declare what',
    file: 'src/fhir/http/resource-routes.ts',
    find: '@UseGuards(JwtAuthGuard, ScopeGuard, NegotiationGuard)',
    replace: '@UseGuards(JwtAuthGuard, NegotiationGuard)',
    seenBy: 'creates and reads a Patient with a Bearer token',
  },
  {
    name: 'requests: the missing scope of a refused token is not named',
    file: 'src/fhir/http/fhir-requests.ts',
    find: 'if (!this.isGuarded(request)) return;',
    replace: 'if (request) return;',
    seenBy: 'is 401 with every reason against a token, the missing scope included',
  },
  {
    name: 'requests: a refused body is received',
    file: hooks,
    find: 'if (isArriving(request)) closeAfterAnswer(request, reply);',
    replace: '',
    seenBy: 'with a token that does not count are 401',
  },
  {
    name: 'requests: a refused body is drained for as long as its client sends',
    file: unread,
    find: 'if (size > mostDrained) raw.pause();',
    replace: 'if (size < 0) raw.pause();',
    seenBy: 'with a token that does not count are 401',
  },
  {
    name: 'requests: everybody is asked for the body',
    file: 'src/fhir/http/body/expectation.ts',
    find: 'waiting.set(request, response);',
    replace: 'response.writeContinue();',
    seenBy: 'are not sent at all by a client that waits to be asked',
  },
];
