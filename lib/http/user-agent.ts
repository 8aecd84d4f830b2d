/** Version of the package; a unit test compares it with package.json. */
export const VERSION = '0.1.0';

/** The `user-agent` of requests that bring none. */
export const USER_AGENT = `nestjs-breakwater/${VERSION}`;
