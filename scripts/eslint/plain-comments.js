/**
 * Keeps comments in plain English: a doc comment starts with a verb or a noun, and every comment names its actor.
 * `What follows`, `Who waits` or `nobody` leave the reader to guess whether the caller, the circuit or a listener is meant.
 */

const VAGUE_OPENINGS = [
  'what',
  'how',
  'who',
  'whose',
  'whoever',
  'nobody',
  'somebody',
  'everybody',
  'whatever',
];
const VAGUE_ACTORS = /\b(nobody|somebody|whoever|everybody)\b/gi;

/** Finds the first word of a doc comment, below its stars and in front of its tags. */
function firstWord(text) {
  return /^[\s*]*([A-Za-z]+)/.exec(text)?.[1];
}

function isDocComment(comment) {
  return comment.type === 'Block' && comment.value.startsWith('*');
}

function isVagueOpening(word) {
  return word !== undefined && VAGUE_OPENINGS.includes(word.toLowerCase());
}

const plainComments = {
  meta: {
    type: 'suggestion',
    docs: { description: 'Doc comments start with a verb or a noun, and comments name their actor.' },
    messages: {
      opening: 'A doc comment starts with a verb (functions) or a noun (types, fields), not with "{{word}}".',
      actor: 'Name the actor (the caller, the circuit, the listener, the attempt) instead of "{{word}}".',
    },
    schema: [],
  },
  create(context) {
    const { sourceCode } = context;

    function check(comment) {
      const word = isDocComment(comment) ? firstWord(comment.value) : undefined;
      if (isVagueOpening(word)) context.report({ loc: comment.loc, messageId: 'opening', data: { word } });
      for (const [actor] of comment.value.matchAll(VAGUE_ACTORS)) {
        context.report({ loc: comment.loc, messageId: 'actor', data: { word: actor } });
      }
    }

    return { Program: () => sourceCode.getAllComments().forEach(check) };
  },
};

export default { rules: { 'plain-comments': plainComments } };
