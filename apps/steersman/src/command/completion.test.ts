import { execFileSync } from 'node:child_process';
import { flag, path } from '@steersman/config';
import { completion } from './completion.ts';

const COMMANDS = [
  { name: 'up', settings: { dataDir: path('folder', ''), yes: flag('do') } },
  { name: 'image', settings: {}, words: ['import', 'ls'] },
];

/** What bash offers for the last of `words`. */
const offered = (...words: readonly string[]): string =>
  execFileSync('bash', [
    '-c',
    `${completion('bash', COMMANDS)}\nCOMP_WORDS=(${words.map(word => `"${word}"`).join(' ')}); COMP_CWORD=${words.length - 1}; _steersman; echo "\${COMPREPLY[@]}"`,
  ])
    .toString()
    .trim();

describe('completion', () => {
  it.each([
    { words: ['steersman', ''], want: 'up image' },
    { words: ['steersman', 'up', '--d'], want: '--data-dir' },
    { words: ['steersman', 'image', 'im'], want: 'import' },
    { words: ['steersman', 'up', '/us'], want: '/usr' },
  ])('offers $want after $words', ({ words, want }) => {
    expect(offered(...words)).toBe(want);
  });

  it('knows the shells it is for', () => {
    expect(completion('zsh', COMMANDS)).toMatch(/^autoload/);
    expect(() => completion('fish', COMMANDS)).toThrow('bash or zsh');
  });
});
