import nx from '@nx/eslint-plugin';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const may = (layer, ...on) => ({ sourceTag: `layer:${layer}`, onlyDependOnLibsWithTags: on.map(name => `layer:${name}`) });

/** Who may import whom; `extra` layers are open to all of them. */
const boundaries = (...extra) => [
  'error',
  {
    // Programs are imported through this door only: by the launcher, which can run all of them in one process, and by tests.
    allow: ['^@steersman/app-[a-z-]+/run$'],
    depConstraints: [
      may('core', 'core', ...extra),
      may('api', 'core', 'api', ...extra),
      may('runtime', 'core', 'runtime', ...extra),
      may('machinery', 'core', 'api', 'runtime', 'machinery', ...extra),
      { ...may('domain', 'core', 'api', 'domain', ...extra), bannedExternalImports: ['@grpc/*', '@nats-io/*'] },
      may('app', 'core', 'api', 'runtime', 'machinery', 'domain', 'testing'),
      may('testing', 'core', 'api', 'runtime', 'machinery', 'domain', ...extra),
      may('tool', 'core', 'api', 'runtime', 'machinery', 'domain', 'tool', ...extra),
    ],
  },
];

const IO = [
  'node:net',
  'node:tls',
  'node:http',
  'node:https',
  'node:http2',
  'node:dgram',
  'node:fs',
  'node:fs/promises',
  'node:child_process',
  'node:timers',
  'node:timers/promises',
  'node:process',
  'node:os',
];

export default tseslint.config(
  { ignores: ['**/node_modules/**', '**/dist/**', '**/gen/**', '.nx/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.stylistic],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx, 'import-x': importX },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(),
      'import-x/no-default-export': 'error',
      'import-x/no-cycle': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'max-depth': ['error', 4],
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
    },
  },
  {
    files: ['libs/{types,wire,labels,scheduling,pods,policies,endpoints}/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: IO }] },
  },
  {
    files: ['**/*.test.ts', 'libs/testing/**/*.ts', 'apps/e2e/**/*.ts', '**/testing/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries('testing'),
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['apps/steersman/**/*.ts', 'tools/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
);
