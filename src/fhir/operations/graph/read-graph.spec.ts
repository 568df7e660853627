import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../r4/json/json.js';
import { GraphNotOffered, readGraph } from './read-graph.js';

const graphWith = (compartment: object): JsonObject =>
  ({
    resourceType: 'GraphDefinition',
    start: 'List',
    link: [{ path: 'List.entry.item', target: [{ type: 'Resource', compartment: [compartment] }] }],
  }) as unknown as JsonObject;
const rule = { use: 'requirement', code: 'Patient', rule: 'identical' };

describe('readGraph', () => {
  it('reads rules of compartments', () => {
    const [link] = readGraph(graphWith({ ...rule, code: 'Encounter' }), 'List');
    expect(link?.targets[0]?.rules).toEqual([{ use: 'requirement', owner: 'Encounter', rule: 'identical' }]);
  });

  // Stored without validation, it may hold anything.
  it.each([
    ['use', 'constructor'],
    ['use', undefined],
    ['code', 'Group'],
    ['rule', 'matching'],
    ['rule', 'custom'],
    ['rule', 'constructor'],
    ['rule', 7],
  ])('refuses a rule whose %s is %s, by its place', (element, value) => {
    const read = () => readGraph(graphWith({ ...rule, [element]: value }), 'List');
    expect(read).toThrow(GraphNotOffered);
    expect(read).toThrow(`GraphDefinition.link[0].target[0].compartment[0].${element}: `);
  });
});
