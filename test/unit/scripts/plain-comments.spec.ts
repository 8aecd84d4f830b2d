import { describe, expect, it } from '@jest/globals';
import { Linter } from 'eslint';
import plainComments from '../../../scripts/eslint/plain-comments.js';

/** Lints a text and lists the messages of the rule. */
function complaintsAbout(code: string): string[] {
  return new Linter()
    .verify(code, {
      plugins: { breakwater: plainComments },
      rules: { 'breakwater/plain-comments': 'error' },
    })
    .map(({ message }) => message);
}

describe('the rule that keeps comments plain', () => {
  it.each(['What', 'How', 'Who', 'Whose', 'Whatever'])(
    'refuses a doc comment that begins with "%s"',
    (word) => {
      expect(complaintsAbout(`/** ${word} follows a first attempt. */\nlet next;`)).toEqual([
        `A doc comment starts with a verb (functions) or a noun (types, fields), not with "${word}".`,
      ]);
    },
  );

  it('looks for the first word below the stars of a comment of several lines', () => {
    expect(complaintsAbout('/**\n * How long\n * a call waits.\n */\nlet wait;')).toHaveLength(1);
  });

  it.each(['nobody', 'somebody', 'whoever', 'everybody'])('refuses "%s" anywhere in a comment', (word) => {
    const message = `Name the actor (the caller, the circuit, the listener, the attempt) instead of "${word}".`;
    expect(complaintsAbout(`// the answer for ${word}\nlet answer;`)).toEqual([message]);
    expect(complaintsAbout(`/** Answers ${word}. */\nlet answer;`)).toEqual([message]);
  });

  it('accepts a comment that begins with a verb or a noun, and such words further on', () => {
    expect(
      complaintsAbout('/** Decides what follows. */\nlet a;\n/** Attempts, however many. */\nlet b;'),
    ).toEqual([]);
  });

  it('leaves strings and the openings of line comments alone', () => {
    expect(complaintsAbout("let text = '/** What nobody reads */'; // how it was")).toEqual([]);
  });
});
