import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtSource, installedPackages } from './built-source.js';
import { listenForCommands } from './command-line.js';
import { freePort } from './free-port.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The programs that the documents take for granted. */
export const hasShell = spawnSync('bash', ['-c', 'command -v curl sed grep'], { stdio: 'ignore' }).status === 0;

/**
 * A fenced block of a document. HTML comments right before it are for the runner: `<!-- not run: reason -->`, and
 * `<!-- refused: 401 404 -->`, the statuses from 400 on that its curls get, in order.
 */
export interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly notRun?: string;
  readonly refused: readonly string[];
}

const fence = /((?:^<!-- .* -->\n+)*)^```(.*)\n([\s\S]*?)^```$/gm;

export const blocksOf = (markdown: string): readonly Block[] =>
  Array.from(markdown.matchAll(fence), ({ 0: whole, 1: comments = '', 2: language = '', 3: text = '', index }) => {
    const notRun = /<!-- not run: (.+?) -->/.exec(comments)?.[1];
    return {
      line: markdown.slice(0, index + whole.indexOf('```')).split('\n').length,
      language,
      text,
      ...(notRun !== undefined && { notRun }),
      refused: /<!-- refused: (.+?) -->/.exec(comments)?.[1]?.split(' ') ?? [],
    };
  });

const isCommand = ({ language, notRun }: Block): boolean => /^(sh|bash)$/.test(language) && notRun === undefined;

/** Commands that are run. */
export const commandsOf = (markdown: string): readonly Block[] => blocksOf(markdown).filter(isCommand);

export interface Run {
  /** Commands that a reader has run before, with `npm start` among them. */
  readonly before?: readonly Block[];
  readonly database: { readonly url: string };
  /** Milliseconds for all commands together. */
  readonly timeout?: number;
}

/**
 * Runs the commands of a document as they stand, in one bash, on an empty database; answers with what is wrong. Each
 * command has to exit with 0, each curl to get an answer below 400 unless `refused` says otherwise, and a block `text`,
 * `http` or `json` after a command has to be what that prints: apart from blanks, with `…` for anything.
 */
export async function wrongRecipes(markdown: string, { before = [], database, timeout = 80_000 }: Run) {
  const blocks = blocksOf(markdown);
  const commands = [...before, ...blocks.filter(isCommand)];
  const port = String(await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-recipes-'));
  const lanyard = await listenForCommands(join(folder, 'lanyard.sock'));
  try {
    writeFileSync(join(folder, 'prelude.sh'), prelude);
    symlinkSync(join(root, 'docs'), join(folder, 'docs'));
    for (const [i, { text }] of commands.entries()) {
      writeFileSync(join(folder, `${i}.sh`), text.replaceAll('localhost:3000', `localhost:${port}`));
    }
    const variables = {
      ...(await settings(port)),
      DATABASE_URL: database.url,
      COMMANDS: String(commands.length),
      LANYARD_SOCKET: join(folder, 'lanyard.sock'),
    };
    await runAll(folder, variables, timeout);
    const outcomes = commands.map((_, i) => outcomeOf(folder, i, port));
    const own = new Map(commands.map((command, i) => [command, outcomes[i]!]));
    return [
      ...fencesBeside(markdown, blocks),
      ...commands.flatMap((command) => wrongOf(command, own.get(command)!)),
      ...blocks.flatMap((block, i) => wrongOfShown(block, blocks[i - 1], own)),
    ];
  } finally {
    lanyard.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Outcome {
  readonly begun: boolean;
  readonly done: boolean;
  readonly output: string;
  readonly refused: readonly string[];
}

function outcomeOf(folder: string, command: number, port: string): Outcome {
  const path = (name: string) => join(folder, `${command}.${name}`);
  const read = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '');
  return {
    begun: existsSync(path('output')),
    done: existsSync(path('done')),
    output: read('output').replaceAll(`localhost:${port}`, 'localhost:3000'),
    refused: read('refused').split('\n').filter(Boolean),
  };
}

/** A fence of another form would hide its commands. */
function fencesBeside(markdown: string, blocks: readonly Block[]): readonly string[] {
  const fences = markdown.match(/^\s*(```|~~~)/gm)?.length ?? 0;
  return fences === 2 * blocks.length
    ? []
    : ['Not every fence is three backticks at the beginning of a line, with its end.'];
}

/** Nothing of commands that were not reached. */
function wrongOf({ line, refused }: Block, outcome: Outcome): readonly string[] {
  if (!outcome.begun) return [];
  const said = `It printed:\n${outcome.output}`;
  if (!outcome.done) return [`Line ${line}: a command failed. ${said}`];
  const isAnnounced = outcome.refused.join(' ') === refused.join(' ');
  return isAnnounced
    ? []
    : [`Line ${line}: refused are [${outcome.refused.join(' ')}], not [${refused.join(' ')}]. ${said}`];
}

function wrongOfShown(
  block: Block,
  before: Block | undefined,
  outcomes: ReadonlyMap<Block, Outcome>,
): readonly string[] {
  const { line, language, text, notRun } = block;
  if (notRun !== undefined || isCommand(block)) return [];
  const outcome = before && outcomes.get(before);
  if (!outcome || !/^(text|http|json)$/.test(language))
    return [`Line ${line}: this is neither run nor marked as not run.`];
  return !outcome.done || shows(text, outcome.output)
    ? []
    : [`Line ${line}: this is not shown, but:\n${outcome.output}`];
}

/** True if the parts between `…` stand in the output, in their order. */
function shows(text: string, output: string): boolean {
  const printed = output.replaceAll(/\s/g, '');
  let at = 0;
  return text
    .replaceAll(/\s/g, '')
    .split('…')
    .every((part) => {
      const found = printed.indexOf(part, at);
      at = found + part.length;
      return found !== -1;
    });
}

/** Stands in for the programs of a newcomer: the sources as they are, and a terminal that shows no progress meter. */
const prelude = `
set -euo pipefail
server=
HERE=$PWD

npm() {
  case "$1" in
    ci) ;; # What it installs is what the tests run with.
    install) ln -s "$INSTALLED" node_modules ;;
    start)
      if test -n "$server"; then kill "$server"; wait "$server" || true; fi
      : > server.log
      # In the folder of an extension its own script says so, too.
      EXTENSIONS=$(test -e package.json && echo .) node "$PROGRAMS/main.js" > server.log 2>&1 & server=$!
      until grep -q 'listens on' server.log; do
        kill -0 "$server" || { cat server.log; return 1; }
        sleep 0.1
      done
      ;;
    *) command npm "$@" ;;
  esac
}

npx() {
  test "$1" = lanyard || { echo "$1 is no program of this project."; return 1; }
  # What writes into the working directory is a process of its own.
  if test "$2" = new; then node "$PROGRAMS/cli/main.js" "\${@:2}"; else node "$LANYARD" "\${@:2}"; fi
}

curl() {
  local exit=0
  command curl --no-progress-meter --dump-header "$HERE/headers" "$@" || exit=$?
  sed -n 's|^HTTP/[^ ]* \\([45][0-9][0-9]\\).*|\\1|p' "$HERE/headers" >> "$HERE/$command.refused"
  return "$exit"
}

for ((command = 0; command < COMMANDS; command++)); do
  exec > "$HERE/$command.output" 2>&1
  source "$HERE/$command.sh"
  touch "$HERE/$command.done"
done
`;

const settings = async (port: string) => ({
  PORT: port,
  HOST: '127.0.0.1',
  PUBLIC_URL: `http://localhost:${port}`,
  ADMIN_PASSWORD: 'the-printed-password',
  LOGIN: 'on',
  LOG_LEVEL: 'error',
  PROGRAMS: await builtSource(),
  INSTALLED: await installedPackages(),
  LANYARD: join(root, 'test/support/lanyard-client.mjs'),
});

async function runAll(folder: string, variables: Readonly<Record<string, string>>, timeout: number): Promise<void> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...variables };
  // A group of its own ends as a whole, and has no terminal at which a program could ask something.
  const bash = spawn('bash', ['prelude.sh'], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(bash, 'exit');
  const timer = setTimeout(() => endAll(bash.pid!), timeout);
  await ended;
  clearTimeout(timer);
  endAll(bash.pid!);
}

function endAll(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}
