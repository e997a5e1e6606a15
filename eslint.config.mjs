import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const clockAndChance = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time is a dependency: ask the Clock.',
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Time is a dependency: ask the Clock.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Ids come from @ardoise/format, secrets from node:crypto.',
  },
];

/** What a domain may not take from the libraries that it is written in. */
const impure = [
  { name: '@ardoise/decider', importNames: ['Recorder'], message: 'A domain decides; its handlers record.' },
  {
    name: '@ardoise/time',
    importNames: ['Clock', 'SystemClock'],
    message: 'The instant of a command is given to decide.',
  },
  {
    name: '@ardoise/format',
    importNames: ['randomId', 'randomBytes'],
    message: 'A domain is pure: ids are given to it.',
  },
  {
    name: '@ardoise/policy',
    importNames: ['loadPolicies', 'loadPolicy'],
    message: 'A domain reads no file: the policy is given to it.',
  },
  {
    name: '@ardoise/sealing',
    importNames: ['Sealer', 'Opener', 'EventRegistry'],
    message: 'A domain declares; the recorder seals.',
  },
];

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '**/*.generated.ts'] },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  prettier,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': 'error',
    },
  },
  { files: ['src/**'], rules: { 'no-restricted-syntax': ['error', ...clockAndChance] } },
  { files: ['src/*/domain/**'], rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: impure }] } },
  { files: ['apps/**', 'test/**', 'tools/**'], rules: { 'no-console': 'off' } },
  {
    // What they read comes as JSON: its shape is what they check or show.
    files: [
      '**/*.spec.ts',
      '**/*.int-spec.ts',
      '**/*.e2e-spec.ts',
      '**/sample-*.ts',
      '**/spec-support/**',
      'test/**',
      'apps/demo/**',
    ],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      parserOptions: { projectService: false },
      globals: {
        process: 'readonly',
        require: 'readonly',
        module: 'writable',
        __dirname: 'readonly',
        console: 'readonly',
        URL: 'readonly',
      },
    },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
