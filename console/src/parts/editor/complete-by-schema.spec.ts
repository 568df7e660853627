import { EditorState } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { completeBySchema } from './complete-by-schema.js';
import type { JsonSchema } from './json-schema.js';

const schema: JsonSchema = {
  type: 'object',
  required: ['rules'],
  properties: {
    description: { type: 'string', description: 'Why.' },
    assignedTo: { type: 'object', properties: { everyone: { type: 'boolean' }, users: { type: 'array' } } },
    rules: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          types: { type: 'array', items: { type: 'string', enum: ['*', 'Patient', 'Person'] } },
          permissions: { type: 'string', examples: ['rs', 'cruds'] },
        },
      },
    },
  },
};

/** `|` in the text is the cursor. */
function offered(marked: string, explicit = true): readonly string[] {
  const pos = marked.indexOf('|');
  const state = EditorState.create({ doc: marked.replace('|', '') });
  return completeBySchema({ state, pos, explicit }, schema)?.options.map(({ label }) => label) ?? [];
}

describe('what is offered', () => {
  it.each([
    ['{ | }', ['description', 'assignedTo', 'rules']],
    ['{ "description": "x", | }', ['assignedTo', 'rules']],
    ['{ "description": "x", "ru|" }', ['assignedTo', 'rules']],
    ['{ "description": "x",\n  "ru|', ['assignedTo', 'rules']],
    ['{ "rules": [{ "types": ["Patient"], "pe|" }] }', ['permissions']],
    ['{ "rules": [{ "types": ["|"] }] }', ['*', 'Patient', 'Person']],
    ['{ "rules": [{ "types": ["Patient", |] }] }', ['*', 'Patient', 'Person']],
    ['{ "rules": [{ "types": ["Pat|', ['*', 'Patient', 'Person']],
    ['{ "assignedTo": { "everyone": | } }', ['true', 'false']],
    ['{ "rules": [{ "permissions": "|" }] }', ['rs', 'cruds']],
    ['|', ['description', 'assignedTo', 'rules']],
    ['description: x\nru|', ['assignedTo', 'rules']],
    ['assignedTo:\n  |', ['everyone', 'users']],
    ['assignedTo:\n  everyone: t|', ['true', 'false']],
    ['rules:\n  - |', ['types', 'permissions']],
    ['rules:\n  - types: [Patient]\n    p|', ['permissions']],
    ['rules:\n  - types:\n      - Patient\n      - P|', ['*', 'Patient', 'Person']],
  ])('at %j is %j', (text, expected) => {
    expect(offered(text)).toEqual(expected);
  });

  it('is nothing where the schema has nothing to say, or where nothing is typed yet', () => {
    expect(offered('{ "description": "a |b" }')).toEqual([]);
    expect(offered('{ "nobody": { | } }')).toEqual([]);
    expect(offered('{ "__proto__": { "constructor": | } }')).toEqual([]);
    expect(offered('{ | }', false)).toEqual([]);
    expect(offered('{ "|" }', false)).toEqual(['description', 'assignedTo', 'rules']);
  });
});
