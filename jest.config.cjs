const swc = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type: 'commonjs' },
  },
];

const project = (displayName, suffix, extra = {}) => ({
  displayName,
  rootDir: __dirname,
  roots: ['<rootDir>/src', '<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
  testRegex: `\\.${suffix}\\.ts$`,
  testEnvironment: 'node',
  transform: { '^.+\\.[mc]?[jt]s$': swc },
  transformIgnorePatterns: [
    '/node_modules/(?!(@nestjs|@noble|@peculiar|asn1js|bytestreamjs|pkijs|content-disposition|cookie|glob|minimatch|lru-cache|path-scurry|minipass)/)',
  ],
  moduleNameMapper: { '^@ardoise/([^/]+)$': '<rootDir>/libs/$1/index.ts' },
  ...extra,
});

const database = {
  globalSetup: '<rootDir>/libs/testing/global-setup.ts',
  globalTeardown: '<rootDir>/libs/testing/global-teardown.ts',
};

/** Tests by kind: pure (.spec), with a real database (.int-spec), whole server (.e2e-spec). */
module.exports = {
  // Two suites at a time on two cores: most of a whole server's suite is waiting.
  maxWorkers: 2,
  testTimeout: 120000,
  projects: [
    project('unit', 'spec'),
    project('integration', 'int-spec', database),
    project('end-to-end', 'e2e-spec', database),
  ],
};
