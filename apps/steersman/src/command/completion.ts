import { ConfigError, type Settings } from '@steersman/config';

export interface Completable {
  readonly name: string;
  readonly settings: Settings;
  /** Words that may follow. */
  readonly words?: readonly string[];
}

const SHELLS = ['bash', 'zsh'] as const;

/** A script that completes commands, flags and words. zsh runs bash's through bashcompinit. */
export function completion(shell: string | undefined, commands: readonly Completable[]): string {
  if (!SHELLS.some(known => known === shell)) {
    throw new ConfigError([`completion: name a shell: ${SHELLS.join(' or ')}; then: source <(steersman completion bash)`]);
  }
  const branches = commands.map(({ name, settings, words = [] }) => {
    const flags = [...Object.keys(settings), 'help'].map(setting => `--${setting.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`);
    return `    ${name}) words="${[...words, ...flags].join(' ')}" ;;`;
  });
  return [
    ...(shell === 'zsh' ? ['autoload -U +X bashcompinit && bashcompinit'] : []),
    '_steersman() {',
    '  local current=${COMP_WORDS[COMP_CWORD]} words=',
    '  case ${COMP_WORDS[1]} in',
    ...branches,
    '  esac',
    `  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name }) => name).join(' ')}"; fi`,
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '  if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi',
    '}',
    'complete -o filenames -F _steersman steersman ./steersman',
  ].join('\n');
}
