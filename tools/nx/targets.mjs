import { existsSync } from 'node:fs';
import { dirname } from 'node:path';

/** Gives every project the same targets, so that no package.json repeats them. */
export const createNodesV2 = [
  '{apps,libs,tools}/*/package.json',
  files => files.map(file => [file, { projects: { [dirname(file)]: { root: dirname(file), targets: targetsOf(dirname(file)) } } }]),
];

const targetsOf = root => ({
  lint: {
    command: `eslint --no-error-on-unmatched-pattern ${root}`,
    cache: true,
    inputs: ['{projectRoot}/**/*', '^production', '{workspaceRoot}/eslint.config.mjs', '{workspaceRoot}/tsconfig*.json'],
  },
  test: {
    command: `node --experimental-vm-modules node_modules/jest/bin/jest.js --passWithNoTests --testPathIgnorePatterns e2e.test.ts --rootDir . ${root}/`,
    cache: true,
    dependsOn: [{ projects: ['workspace'], target: 'codegen' }],
    inputs: ['{projectRoot}/**/*', '^production', '{workspaceRoot}/jest.config.mjs'],
  },
  ...(existsSync(`${root}/src/main.ts`) &&
    root.startsWith('apps/') && {
      build: {
        command: `node apps/steersman/src/bundle/main.ts ${root.slice('apps/'.length)}`,
        cache: true,
        dependsOn: [{ projects: ['workspace'], target: 'codegen' }],
        inputs: ['production', '^production', '{workspaceRoot}/package-lock.json', '{workspaceRoot}/apps/steersman/src/bundle/**/*'],
        outputs: ['{projectRoot}/dist'],
      },
    }),
});
