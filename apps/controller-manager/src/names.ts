import { randomInt } from 'node:crypto';

/** Upstream's alphabet for suffixes: no vowels, no digits that look like letters. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const MAX_BASE_LENGTH = 63 - SUFFIX_LENGTH;

/**
 * A name as `metadata.generateName` would give, chosen on our side: a create that is repeated then makes nothing twice.
 */
export const generatedName = (base: string): string =>
  `${base.slice(0, MAX_BASE_LENGTH)}${Array.from({ length: SUFFIX_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`;

/** Text in the same alphabet, as upstream writes its hashes. */
export const safeEncode = (text: string): string => [...text].map(char => ALPHABET[char.charCodeAt(0) % ALPHABET.length]).join('');
