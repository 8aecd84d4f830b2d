import type { KeptAnswers } from './kept-answers.js';
import type { EndpointRoute } from './endpoint-route.js';

/** The manner in which a call is made. */
export interface CallForm {
  /** True if the answer is wanted as it is, whatever its status. */
  readonly isRaw: boolean;
  /** The key of the answer, where answers of the call may be kept or shared. */
  readonly kept?: KeptAnswers | undefined;
  /** The endpoints of the client, where attempts choose among them. */
  readonly destinations: EndpointRoute | undefined;
}

/** A call to one place, whose answer is read. */
export const PLAIN_CALL: CallForm = { isRaw: false, destinations: undefined };
