// @ts-check
// Writes down the public surface of the package, or compares it with what is written: `npm run api`, `npm run api -- --write`.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { compile } from './compile.mjs';
import { dist, root } from './paths.mjs';

const write = process.argv.includes('--write');
if (!process.argv.includes('--built')) {
  const status = compile();
  if (status !== 0) process.exit(status);
}

/** @type {Readonly<Record<string, { readonly types: string }>>} */
const { './package.json': _, ...doors } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports;
const reports = join(root, 'api');
const scratch = mkdtempSync(join(tmpdir(), 'lanyard-api-'));
const none = { logLevel: ExtractorLogLevel.None };

/**
 * What a door mentions and no door exports: parts that Nest or the server makes and hands over, and types that follow from a value. Nobody
 * else has to name them, and they may change.
 */
const inside = new Set(
  `Access AccessRules AccessTrail AddressedRequests AnswerBudget Authenticator CallWithToken Criterion CriteriaSettings CustomParameters Deciding
  DocumentLimits Entry Guide Include JwtAuthGuard_base JwtStrategyOptions Mask Occurring Optional Parsed PendingParameter Reach
  RefusalDetails RequestCaller ResultParameters SearchBounds SortRule TextPlace WithholdingRules confidentialities introspection people reasons`.split(
    /\s+/,
  ),
);

/** Names that some door exports: another door may mention them. */
const exported = new Set(
  Object.values(doors).flatMap(({ types }) => {
    const index = readFileSync(join(root, types.replace('./dist', 'src').replace('.d.ts', '.ts')), 'utf8');
    return [...index.matchAll(/(?:type )?(\w+)(?=[,\s]*(?:,|\}))/g)].map(([, name]) => name);
  }),
);

/**
 * True for what somebody has to put right.
 * @param {import('@microsoft/api-extractor').ExtractorMessage} message
 */
function counts({ messageId, text, sourceFileColumn }) {
  // A member says what it is by its name and type, unless there is more to say.
  if (messageId === 'ae-undocumented') return sourceFileColumn !== 5;
  // API Extractor numbers namesakes.
  const name = /^The symbol "(\w+?)(?:_\d+)?" needs to be exported/.exec(text)?.[1];
  return messageId !== 'ae-forgotten-export' || name === undefined || !(exported.has(name) || inside.has(name));
}

const found = new Set();
mkdirSync(reports, { recursive: true });

for (const [door, { types }] of Object.entries(doors)) {
  const name = door === '.' ? 'lanyard-fhir' : door.slice(2);
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(root, 'api-extractor.json'),
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      compiler: { tsconfigFilePath: join(root, 'tsconfig.build.json') },
      apiReport: { enabled: true, reportFileName: `${name}.api.md`, reportFolder: reports, reportTempFolder: scratch },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning },
          // Everything that an index lists is public; there are no stages below that.
          'ae-missing-release-tag': none,
          'ae-undocumented': { logLevel: ExtractorLogLevel.Warning },
          // A link to something inside is of use to those who read the source.
          'ae-unresolved-link': none,
        },
        // Docstrings are Markdown; braces, generics and @names in them are text.
        tsdocMessageReporting: { default: none },
      },
    },
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: write,
    showVerboseMessages: false,
    messageCallback: (message) => {
      message.handled = true;
      const isTrouble = message.logLevel === ExtractorLogLevel.Warning || message.logLevel === ExtractorLogLevel.Error;
      if (isTrouble && !message.messageId.startsWith('console-') && counts(message))
        found.add(`${name}: ${message.formatMessageWithLocation(dist)}`);
    },
  });
  if (apiReportChanged && !write)
    console.error(`api/${name}.api.md differs. Read what changed: npm run api -- --write, git diff api`);
  if (apiReportChanged && !write) process.exitCode = 1;
}
for (const text of found) console.error(text);
if (found.size > 0) process.exitCode = 1;
rmSync(scratch, { recursive: true });
