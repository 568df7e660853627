import { withApp } from '../../app/start/offline.js';
import { ExtensionList, type ListedExtension, type ListedFigures } from '../../app/extensions/extension-list.js';
import type { ListedExtensions } from '../../app/extensions/extensions.controller.js';
import { openSetup } from '../open-server.js';
import { print, printJson, remark } from '../terminal.js';
import { askExtensions } from './running-extensions.js';

export interface ExtensionsOptions {
  /** Address of a running server (`PUBLIC_URL`). */
  readonly server?: string;
  readonly token?: string;
  readonly json?: true;
}

/** Prints the extensions of these settings, or those of a running server with their figures. */
export async function listExtensions(options: ExtensionsOptions): Promise<void> {
  const running = await askExtensions(options);
  const listed = running?.extensions ?? (await loaded());
  if (options.json) return printJson(running ?? { extensions: listed });
  if (listed.length === 0) return print(running ? 'It has no extension.' : none);
  if (running) print(`Since ${running.since}:`);
  for (const one of listed) tell(one, running);
}

const none = 'No extension is loaded. The setting EXTENSIONS names them.';

async function loaded(): Promise<readonly ListedExtension[]> {
  const setup = await openSetup();
  if (setup.extensions.length === 0) return [];
  return withApp(setup, remark, async (app) => app.get(ExtensionList).all());
}

/** Figures are those of a running server: this command has called nothing. */
function tell(extension: ListedExtension, running: ListedExtensions | undefined): void {
  const { name, version } = extension;
  print(version === undefined ? name : `${name} ${version}`);
  for (const [kind, text, figures] of linesOf(extension))
    print(`  ${kind.padEnd(17)} ${text}${running && figures ? ` (${figuresText(figures)})` : ''}`);
}

type Line = readonly [kind: string, text: string, figures?: ListedFigures];

const linesOf = (one: ListedExtension): readonly Line[] => [
  ...one.operations.map((each): Line => ['operation', `$${each.code}${asServer(each)}`, each]),
  ...one.hooks.flatMap((hook) => [
    ['hook', `${hook.place}. ${hook.name}${detailsOf(hook)}${asServer(hook)}`] as Line,
    ...hook.points.map((each): Line => ['', `   ${each.point}`, each]),
  ]),
  ...one.policies.map((each): Line => ['policy', each.name, each]),
  ...one.searchParameters.map(({ code, base }): Line => ['search parameter', `${base.join(', ')}: ${code}`]),
  ...one.parts.map((each): Line => ['part', each]),
  ...one.settings.map(({ name, meaning }): Line => ['setting', `${name}: ${meaning}`]),
  ...one.migrations.map((each): Line => ['migration', each]),
  ...one.health.map((each): Line => ['health', each]),
  ...one.commands.map(({ name, description }): Line => ['command', `lanyard ${name}: ${description}`]),
];

function detailsOf({ types, before, after, timeoutMilliseconds }: ListedExtension['hooks'][number]): string {
  const details = [
    types ? types.join(', ') : 'all types',
    ...(before ? [`before ${before.join(', ')}`] : []),
    ...(after ? [`after ${after.join(', ')}`] : []),
    `${timeoutMilliseconds} ms at most`,
  ];
  return `: ${details.join('; ')}`;
}

/** With the reason why it may act as the server itself, where it says so. */
const asServer = ({ system }: { readonly system?: string }): string =>
  system === undefined ? '' : `, as the server itself: ${system}`;

const figuresText = ({ calls, errors, refusals, p95Seconds }: ListedFigures): string =>
  [
    `${calls} calls`,
    `${errors} errors`,
    `${refusals} refusals`,
    ...(p95Seconds === undefined ? [] : [`p95 ${(p95Seconds * 1000).toFixed(1)} ms`]),
  ].join(', ');
