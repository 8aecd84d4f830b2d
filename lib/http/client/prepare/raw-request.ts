import type { UndiciDispatcher } from '../../transport.js';

/** Wishes of a raw request that no option of a request expresses. */
export interface RawRequestOptions {
  /** The method as it is sent; the method of the request says what it means. */
  readonly method?: string | undefined;
  /** Dispatcher for this request alone. */
  readonly dispatcher?: UndiciDispatcher | undefined;
  /** Redirects that are followed if neither request nor client says. */
  readonly maxRedirects?: number | undefined;
  /** False leaves the body and its headers as the upstream has sent them. */
  readonly decodes?: boolean | undefined;
  /** True for a caller that keeps the time by itself: neither the attempt nor the call has a limit. */
  readonly isUntimed?: boolean | undefined;
  /** True if the request may go to any origin, whatever the client's `allowAbsoluteUrls` says. */
  readonly allowAbsoluteUrls?: boolean | undefined;
}
