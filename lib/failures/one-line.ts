/** So many characters of a message are written into a log, or shown outside the process. */
const LONGEST = 200;
/** So many are looked at: an outsider may have written the text. */
const LONGEST_LOOK = 4000;
/** Control characters, line ends, and what turns the direction of the text after it. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** Credentials in a URL, such as that of a broker; a password may hold an `@` that is not escaped. */
const CREDENTIALS = /\/\/[^/\s]*@/g;
/** The first half of a character of two halves, without the second one. */
const LOST_HALF = /[\ud800-\udbff]$/;

const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Makes one line of a text: at most 200 characters, control characters escaped, without the credentials of URLs. */
export function oneLine(text: string): string {
  const line = text.slice(0, LONGEST_LOOK).replace(CREDENTIALS, '//…@').replace(CONTROL, escaped);
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1).replace(LOST_HALF, '')}…` : line;
}
