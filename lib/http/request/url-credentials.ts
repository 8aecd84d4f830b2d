const SCHEME = /^[a-z][a-z\d+.-]*:\/*/i;

/**
 * Leaves out what stands before the last `@`, but for the scheme: it may be a secret, also in a text that is no URL.
 * Takes linear time.
 */
export function withoutCredentials(url: string): string {
  const at = url.lastIndexOf('@');
  if (at < 0) return url;
  const [scheme = ''] = SCHEME.exec(url) ?? [];
  return scheme + url.slice(at + 1);
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
