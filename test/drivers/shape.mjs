/** Properties by which errors are told apart, with their values; of all others only the type is recorded. */
const TELLING = new Set(
  (
    'name message code errno sqlState severity details hint number state class errorNum isRecoverable errorLabels errorCode ' +
    'meta driverAdapterError originalCode originalMessage type retriable retryable classId syscall errcode responseCode ' +
    'command status statusCode $fault $metadata httpStatusCode $retryable throttling CancellationReasons Code metadata ' +
    'replies errors previousErrors cause original parent driverError originalError reason err error lastNodeError ' +
    'property target constraints response headers'
  ).split(' '),
);
const DEEPEST = 6;
const MOST_MEMBERS = 5;
const LONGEST = 160;
const BUILT_IN =
  /^(Object|Array|Error|AggregateError|DOMException|(Type|Range|Syntax|Reference|URI|Eval)Error)$/;

/**
 * The shape of an error: its classes from the outermost to one of the language, its own telling properties (those that are
 * not enumerable below `hidden`), and those of its prototypes. No stacks, no paths, no ports.
 */
export function shapeOf(value, depth = 0) {
  if (typeof value === 'string') return scrubbed(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (typeof value !== 'object') return { is: typeof value };
  if (depth > DEEPEST) return { is: 'object' };
  if (Array.isArray(value)) return value.slice(0, MOST_MEMBERS).map((one) => shapeOf(one, depth + 1));
  const shape = { classes: classesOf(value) };
  const own = Object.getOwnPropertyDescriptors(value);
  for (const [key, { enumerable }] of Object.entries(own)) {
    const isTelling = TELLING.has(key);
    if (key === 'stack' || (depth > 0 && !isTelling)) continue;
    const group = enumerable ? 'own' : 'hidden';
    (shape[group] ??= {})[key] = isTelling ? inner(key, value[key], depth) : { is: typeof value[key] };
  }
  const inherited = inheritedOf(value, own, depth);
  if (Object.keys(inherited).length > 0) shape.inherited = inherited;
  return shape;
}

/** Of headers only the one that decides is recorded. */
function inner(key, value, depth) {
  if (key !== 'headers') return shapeOf(value, depth + 1);
  const delay = value?.get?.('retry-after') ?? value?.['retry-after'];
  return delay === undefined || delay === null
    ? { is: 'object' }
    : { classes: ['Object'], own: { 'retry-after': delay } };
}

function classesOf(value) {
  const classes = [];
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    const name =
      Object.hasOwn(at, 'constructor') && typeof at.constructor === 'function' ? at.constructor.name : '';
    classes.push(name);
    if (BUILT_IN.test(name) && at === globalThis[name]?.prototype) break;
  }
  return classes;
}

/** Getters and values of the classes; the language's own are there again where the error is made. */
function inheritedOf(value, own, depth) {
  const found = {};
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    const name = at.constructor?.name;
    if (BUILT_IN.test(name) && name !== 'DOMException' && at === globalThis[name]?.prototype) break;
    for (const key of Object.getOwnPropertyNames(at))
      if (
        TELLING.has(key) &&
        !(key in own) &&
        !(key in found) &&
        typeof value[key] !== 'function' &&
        value[key] !== undefined
      )
        found[key] = inner(key, value[key], depth);
  }
  return found;
}

function scrubbed(text) {
  const clean = text
    .replace(/(127\.0\.0\.1|::1|localhost):\d+/g, '$1:0')
    .replace(/\b[\w.+-]+:\/\/\S+/g, 'url')
    .replace(/(?:\/[\w.@-]+){2,}/g, 'path')
    .replace(/\b[0-9a-f]{8,}(?:-[0-9a-f]+)*\b/gi, 'id')
    .replace(/\bconn:-?\d+/g, 'conn:0')
    .replace(/\bCONNECTION_ID=[^)]+/g, 'CONNECTION_ID=id')
    .replace(/(?<=Deadline exceeded) after .*/s, '')
    .replace(/\d{3,}(?= ?ms)/g, '0');
  // the end of a long message may tell more than its beginning
  return clean.length <= LONGEST ? clean : `${clean.slice(0, LONGEST / 2)}…${clean.slice(-LONGEST / 2)}`;
}
