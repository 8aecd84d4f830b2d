/** Also of a text that is no URL: what stands before an `@` may be a secret. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z\d+.-]*:\/*)?.*@/is, '$1');
}

/** `Basic …` for the credentials of a URL, if it has any. */
export function basicOf(username: string, password: string): string | undefined {
  if (!username && !password) return undefined;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
