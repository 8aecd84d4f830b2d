import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

/** `14 UNAVAILABLE: …`: what grpc-js writes, and what is left of its errors where they were copied. */
const WRITTEN_OUT = /^\d{1,2} [A-Z_]+: /;
const CANCELLED = 1;

export const STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** A number is gRPC's only beside its marks, or in an `RpcException`. */
function statusName(look: Look): string | undefined {
  const code = look.code as number;
  const details = look.get('details');
  const isMarked =
    typeof details === 'string' ||
    Array.isArray(details) ||
    (typeof look.get('metadata') === 'object' && look.get('metadata') !== null) ||
    look.isOfRpc ||
    WRITTEN_OUT.test(look.message);
  if (!isMarked) return undefined;
  if (code === CANCELLED) return details === 'Cancelled on client' ? 'CANCELLED' : undefined;
  return STATUS_NAMES[code];
}

const NAMES: ReadonlySet<string> = new Set(STATUS_NAMES);
const LONGEST_TEXT = 60;

/** `NOT_FOUND`, `not_found`, `functions/not-found`. */
function nameInText(code: string): string | undefined {
  if (NAMES.has(code)) return code;
  // most codes are of another kind
  if (code.length > LONGEST_TEXT || !/[a-z]/.test(code)) return undefined;
  const name = code
    .slice(code.indexOf('/') + 1)
    .toUpperCase()
    .replaceAll('-', '_');
  return NAMES.has(name) ? name : undefined;
}

const LINES = [
  ['T', 'UNAVAILABLE', 'the server cannot be reached'],
  ['T', 'DEADLINE_EXCEEDED', 'no answer in time'],
  ['TI', 'RESOURCE_EXHAUSTED', 'throttled, or a used-up quota'],
  ['TI', 'ABORTED', 'a conflict: this call has lost a race'],
  [
    'PS',
    'INVALID_ARGUMENT NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED FAILED_PRECONDITION OUT_OF_RANGE UNIMPLEMENTED UNAUTHENTICATED',
    'the server has judged this call',
  ],
] as const;

export const grpc: FailureDomain = {
  id: 'grpc',
  title: 'gRPC',
  source: 'gRPC status codes (statuscodes.md); google.rpc.Code',
  sets: [
    {
      tier: 'client',
      on: 'number code',
      by: statusName,
      lines: [...LINES, ['PI', 'CANCELLED', 'cancelled by its caller']],
    },
    {
      // Firebase, connect-es, tRPC
      tier: 'code',
      on: 'text code',
      by: ({ code }) => nameInText(code as string),
      lines: LINES,
    },
  ],
};

/** Its own names of HTTP statuses; those that are gRPC's as well are known there. */
export const trpc: FailureDomain = {
  id: 'trpc',
  title: 'tRPC',
  source: 'tRPC documentation, error codes',
  sets: [
    {
      tier: 'code',
      on: 'text code',
      by: ({ name, code }) => (name === 'TRPCError' ? (code as string) : undefined),
      lines: [
        [
          'T',
          'INTERNAL_SERVER_ERROR BAD_GATEWAY SERVICE_UNAVAILABLE GATEWAY_TIMEOUT TIMEOUT',
          'the server is in trouble',
        ],
        ['TI', 'TOO_MANY_REQUESTS', 'throttled'],
        [
          'PS',
          'PARSE_ERROR BAD_REQUEST UNAUTHORIZED FORBIDDEN METHOD_NOT_SUPPORTED CONFLICT PRECONDITION_FAILED ' +
            'PAYLOAD_TOO_LARGE UNSUPPORTED_MEDIA_TYPE UNPROCESSABLE_CONTENT',
          'the server has judged this call',
        ],
      ],
    },
  ],
};
