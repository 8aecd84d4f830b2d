/** The absolute http or https URL that a value is; undefined for anything else. */
export function httpHref(value: unknown): string | undefined {
  const href = value instanceof URL ? value.href : value;
  if (typeof href !== 'string' || !URL.canParse(href)) return undefined;
  return /^https?:$/.test(new URL(href).protocol) ? href : undefined;
}
